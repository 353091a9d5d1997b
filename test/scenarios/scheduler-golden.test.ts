/** The scheduler decides, says and writes what kube-scheduler 1.36 did in the same situations, as `scheduler-golden/record.ts` recorded it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { startTestApiServer } from '#apiserver/testing.ts'
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { startScheduler } from '#scheduler/scheduler.ts'
import { Case, type Decision, untilDecided } from './scheduler-golden/decide.ts'
import { situations } from './scheduler-golden/situations.ts'

const recorded: Record<string, Decision> = JSON.parse(readFileSync(new URL('scheduler-golden/recorded-1.36.json', import.meta.url), 'utf8'))
const log = createLogger({ component: 'test', level: 'error' })

test('Everything is recorded', () => {
  assert.deepEqual(Object.keys(recorded), Object.keys(situations))
})

test('The scheduler decides as the recorded one did:', { timeout: 300_000 }, async (suite) => {
  await using api = await startTestApiServer()
  const transport = api.server.transport({ name: 'admin', groups: ['system:masters'] })
  for (const [index, [name, situation]] of Object.entries(situations).entries()) {
    await suite.test(name, async () => {
      const it = new Case(transport, index, situation)
      await it.prepare()
      await it.ask()
      const abort = new AbortController()
      // Everything is there when it starts, so that its first word is its last.
      const scheduler = startScheduler({ client: api.client, clock: systemClock, log, signal: abort.signal })
      try {
        assert.deepEqual(await untilDecided(it, (decision) => isDeepStrictEqual(decision, recorded[name]), 200), recorded[name])
      } finally {
        abort.abort()
        await scheduler.done
        await it.clear()
      }
    })
  }
})
