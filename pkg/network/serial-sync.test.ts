import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { createSerialSync } from './serial-sync.ts'

const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function made(results: readonly (Error | undefined)[] = []) {
  const clock = new FakeClock(0)
  const abort = new AbortController()
  const attempts: number[] = []
  const failures: unknown[] = []
  const gates: (() => void)[] = []
  let step = 0
  const sync = createSerialSync({
    run: async (attempt) => {
      attempts.push(attempt)
      await new Promise<void>((resolve) => gates.push(resolve))
      const result = results[step++]
      if (result) throw result
    },
    failed: (error) => failures.push(error),
    clock,
    signal: abort.signal,
  })
  return { sync, clock, abort, attempts, failures, open: () => gates.shift()?.() }
}

test('changes during a run lead to one more run, not to several', async () => {
  const { sync, attempts, open } = made()
  const first = sync.start()
  await turns()
  sync.touch()
  sync.touch()
  assert.equal(attempts.length, 1, 'nothing runs beside the first')
  open()
  await first
  await turns()
  assert.equal(attempts.length, 2)
  open()
  await sync.settled()
  assert.equal(attempts.length, 2)
})

test('a failed run is repeated after a pause that doubles, and says how often it failed', async () => {
  const error = new Error('no')
  const { sync, clock, attempts, failures, open } = made([error, error])
  const first = sync.start()
  await turns()
  open()
  await turns()
  await clock.advance(499)
  await turns()
  assert.deepEqual(attempts, [0])
  await clock.advance(1)
  await turns()
  open()
  await turns()
  await clock.advance(1000)
  await turns()
  open()
  await first
  assert.deepEqual(attempts, [0, 1, 2])
  assert.deepEqual(failures, [error, error])
})

test('an abort ends the repeats, and nothing is run after it', async () => {
  const { sync, abort, attempts, open } = made([new Error('no')])
  const first = sync.start()
  await turns()
  open()
  await turns()
  abort.abort()
  await first
  sync.touch()
  await sync.settled()
  assert.deepEqual(attempts, [0])
})
