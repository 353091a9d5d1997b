import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { StartSlots } from './start-slots.ts'

function bench(slots: number) {
  const clock = new FakeClock()
  const all = new StartSlots(clock, slots)
  const begun: string[] = []
  const take = async (name: string, signal = new AbortController().signal) => {
    const giveBack = await all.take(signal)
    begun.push(name)
    return giveBack
  }
  return { clock, take, begun }
}

test('so many at once, and the next ones in their order', async () => {
  const { take, begun, clock } = bench(2)
  const [one, two] = await Promise.all([take('one'), take('two')])
  void take('three')
  void take('four')
  await settle()
  assert.deepEqual(begun, ['one', 'two'])
  two()
  two()
  await settle()
  assert.deepEqual(begun, ['one', 'two', 'three'])
  one()
  await settle()
  assert.deepEqual(begun, ['one', 'two', 'three', 'four'])
  await clock.advance(1000)
  assert.equal(clock.pending, 0)
})

test('one that takes long lends its slot, and has none to give back afterwards', async () => {
  const { take, begun, clock } = bench(1)
  const slow = await take('slow')
  void take('next')
  await clock.advance(999)
  assert.deepEqual(begun, ['slow'])
  await clock.advance(1)
  assert.deepEqual(begun, ['slow', 'next'])
  slow()
  void take('third')
  await settle()
  assert.deepEqual(begun, ['slow', 'next'])
})

test('one that is not to start any more leaves the queue, and takes nobody’s slot', async () => {
  const { take, begun } = bench(1)
  const first = await take('first')
  const stop = new AbortController()
  void take('given up', stop.signal)
  void take('last')
  stop.abort()
  await settle()
  assert.deepEqual(begun, ['first', 'given up'])
  first()
  await settle()
  assert.deepEqual(begun, ['first', 'given up', 'last'])
})
