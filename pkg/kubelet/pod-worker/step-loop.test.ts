import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { StepLoop } from './step-loop.ts'

function setUp(step: () => Promise<number | undefined>) {
  const clock = new FakeClock()
  const errors: unknown[] = []
  return { clock, errors, loop: new StepLoop({ clock, step, onError: (error) => errors.push(error) }) }
}

test('many that wake it while it is at work get one more step between them', async () => {
  let [begun, atOnce, most] = [0, 0, 0]
  let release = () => {}
  const { loop } = setUp(async () => {
    begun++
    most = Math.max(most, ++atOnce)
    await new Promise<void>((resolve) => {
      release = resolve
    })
    atOnce--
    return undefined
  })
  loop.wake()
  await settle()
  for (let time = 0; time < 5; time++) loop.wake()
  release()
  await settle()
  release()
  await settle()
  assert.deepEqual([begun, most], [2, 1])
})

test('it looks again when the step asked for it, and sooner when somebody wakes it', async () => {
  let count = 0
  const { clock, loop } = setUp(async () => {
    count++
    return 10_000
  })
  loop.wake()
  await settle()
  await clock.advance(4_000)
  loop.wake()
  await settle()
  assert.equal(count, 2)
  await clock.advance(9_000)
  assert.equal(count, 2)
  await clock.advance(1_000)
  assert.equal(count, 3)
})

test('a failing step is taken again after one second, doubled up to a minute, and from the start once it went well', async () => {
  let fails = true
  const at: number[] = []
  const { clock, errors, loop } = setUp(async () => {
    at.push(clock.now())
    if (fails) throw new Error('it failed')
    return undefined
  })
  loop.wake()
  await settle()
  await clock.advance(200_000)
  const waits = at.slice(1).map((time, index) => (time - at[index]!) / 1000)
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60])
  assert.equal(errors.length, at.length)
  fails = false
  loop.wake()
  await settle()
  fails = true
  at.length = 0
  loop.wake()
  await settle()
  await clock.advance(1_000)
  assert.equal(at.length, 2)
})

test('closing waits for the step that is under way, and nothing begins after it', async () => {
  let count = 0
  let release = () => {}
  const { clock, loop } = setUp(async () => {
    count++
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return 1_000
  })
  loop.wake()
  await settle()
  let closed = false
  const closing = loop.close().then(() => {
    closed = true
  })
  loop.wake()
  await settle()
  assert.equal(closed, false)
  release()
  await closing
  await clock.advance(60_000)
  assert.equal(count, 1)
  assert.equal(clock.pending, 0)
})
