import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FlagError } from '#base/flags.ts'
import { known, leftOut, schedulerFlagValues, schedulerOptions } from './flags.ts'

/** Of kube-scheduler 1.36.1: the names of --help, and what it says to wrong ones. */
const recorded: { readonly flags: readonly string[]; readonly refusals: readonly (readonly [string, string])[] } = JSON.parse(
  readFileSync(new URL('flags.recorded.json', import.meta.url), 'utf8'),
)

test('flags become settings; without any everything is as upstream has it, and nobody competes', () => {
  const none = schedulerOptions('')
  assert.deepEqual(none, {
    election: { name: 'kube-scheduler', namespace: 'kube-system', leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
    podMaxInUnschedulableMs: 300_000,
  })
  const given = schedulerOptions('--leader-elect\n--kube-api-qps=7\n--pod-max-in-unschedulable-pods-duration=30s\n--profiling=false')
  assert.deepEqual([given.election.elects, given.requestLimit, given.podMaxInUnschedulableMs], [true, { qps: 7, burst: 100 }, 30_000])
  assert.equal(schedulerFlagValues('--leader-elect=false')['leader-elect'], 'false')
})

test('every flag of upstream has a place here, and the documentation names it', () => {
  const { fixed, refused } = leftOut
  const here = [known, fixed, refused].flatMap((each) => Object.keys(each))
  assert.deepEqual(here.sort(), recorded.flags.filter((name) => name !== 'help').sort())
  for (const name of Object.keys(refused)) assert.throws(() => schedulerOptions(`--${name}=x`), new FlagError(`--${name} cannot be set here: ${refused[name]}`))
  const page = readFileSync(new URL('../../../docs/scheduler.md', import.meta.url), 'utf8')
  for (const name of here) assert.ok(page.includes(`\`--${name}\``), name)
})

for (const [text, message] of recorded.refusals)
  test(`${text} is refused as upstream refuses it`, () => assert.throws(() => schedulerOptions(text), new FlagError(message)))
