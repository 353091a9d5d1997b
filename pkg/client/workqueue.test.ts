import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { WorkQueue } from './workqueue.ts'

test('A key added many times is worked on once, and again if added meanwhile', async () => {
  const queue = new WorkQueue({ clock: new FakeClock() })
  queue.add('a')
  queue.add('a')
  assert.equal(await queue.take(), 'a')
  queue.add('a')
  assert.equal(queue.takeNow(), undefined)
  queue.done('a')
  assert.equal(await queue.take(), 'a')
  queue.done('a')
  assert.equal(queue.takeNow(), undefined)
  assert.equal(queue.metrics.adds, 2)
})

test('Failures double the wait from 5 ms up to 1000 s, until the key is forgotten', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue({ clock })
  const waits: number[] = []
  for (let attempt = 0; attempt < 20; attempt++) {
    queue.addRateLimited('a')
    waits.push(clock.nextDelayMs!)
    await clock.advance(clock.nextDelayMs!)
    assert.equal(queue.takeNow(), 'a')
    queue.done('a')
  }
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40])
  assert.equal(waits.at(-1), 1_000_000)
  assert.equal(queue.retriesOf('a'), 20)
  queue.forget('a')
  queue.addRateLimited('a')
  assert.equal(clock.nextDelayMs, 5)
})

test('Of two delays for one key the earlier counts', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue({ clock })
  queue.addAfter('a', 100)
  queue.addAfter('a', 10)
  queue.addAfter('a', 50)
  await clock.advance(10)
  assert.equal(queue.takeNow(), 'a')
  queue.done('a')
  await clock.advance(1000)
  assert.equal(queue.takeNow(), undefined)
})

test('Closing sends waiting takers home and drops what waits', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue({ clock })
  const taken = queue.take()
  queue.addAfter('b', 10)
  queue.close()
  assert.equal(await taken, undefined)
  assert.equal(clock.pending, 0)
  queue.add('c')
  assert.equal(queue.metrics.depth, 0)
})
