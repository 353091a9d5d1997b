import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './fake-clock.ts'
import { paceHeap } from './heap-pace.ts'

function pacedHeap() {
  const clock = new FakeClock()
  const favoured: boolean[] = []
  let collect: (count: number) => void = () => {}
  const state = { utilization: 0 }
  paceHeap(clock, {
    onCollections(listener) {
      collect = listener
    },
    utilization: () => state.utilization,
    favourSize: (isFavoured) => favoured.push(isFavoured),
  })
  return { clock, favoured, state, collect: (count: number) => collect(count) }
}

test('a process that collects a hundred times within five seconds favours speed until it idles', async () => {
  const { clock, favoured, state, collect } = pacedHeap()
  collect(60)
  await clock.advance(4_000)
  assert.deepEqual(favoured, [])
  collect(40)
  assert.deepEqual(favoured, [false])
  state.utilization = 0.5
  await clock.advance(10_000)
  assert.deepEqual(favoured, [false])
  state.utilization = 0.05
  await clock.advance(10_000)
  assert.deepEqual(favoured, [false, true])
})

test('collections that come slowly, and a start, leave it favouring size', async () => {
  const { clock, favoured, collect } = pacedHeap()
  for (let round = 0; round < 20; round++) {
    collect(60)
    await clock.advance(5_001)
  }
  assert.deepEqual(favoured, [])
})

test('an idle process has no timer', () => {
  const { clock } = pacedHeap()
  assert.equal(clock.pending, 0)
})
