import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cronJobs, events, jobs } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { cronJobController } from './index.ts'
import { parseSchedule } from './schedule.ts'

const at = (text: string) => Date.parse(text)
for (const [schedule, zone, after, expected] of [
  ['*/5 * * * *', undefined, '2026-01-01T00:01:00Z', '2026-01-01T00:05:00Z'],
  ['0 2 * * *', 'Europe/Berlin', '2026-01-01T00:01:00Z', '2026-01-01T01:00:00Z'],
  ['@hourly', undefined, '2026-01-01T00:01:00Z', '2026-01-01T01:00:00Z'],
  ['@every 1h30m', undefined, '2026-01-01T00:01:00Z', '2026-01-01T01:31:00Z'],
  ['0 0 13 * 5', undefined, '2026-01-01T00:01:00Z', '2026-01-02T00:00:00Z'],
  ['0 0 ? JAN MON', undefined, '2026-01-01T00:01:00Z', '2026-01-05T00:00:00Z'],
] as const)
  test(`${schedule} in ${zone ?? 'UTC'} strikes next at ${expected}`, () => assert.equal(parseSchedule(schedule, zone).next(at(after)), at(expected)))

test('What is no schedule is refused', () => {
  for (const text of ['* * * *', '61 * * * *', '@every soon', 'TZ=UTC * * * * *', '* * * * * *']) assert.throws(() => parseSchedule(text))
})

const key = { namespace: 'n', name: 'c' }
const cron = (spec: any = {}) => ({
  metadata: { ...key, uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    schedule: '* * * * *',
    concurrencyPolicy: 'Allow',
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
    ...spec,
  },
})
const start = (t: any, spec?: any) => {
  const made = testControllers(t, { controllers: [cronJobController()] })
  made.client.seed(cronJobs, cron(spec))
  return {
    ...made,
    names: () => made.client.all(jobs).map(({ metadata }) => metadata.name),
    status: () => made.client.peek(cronJobs, 'n', 'c')!.status,
    reasons: () => made.client.all(events).map(({ reason }) => reason),
    end: (name: string, type: string) =>
      made.client.patch(
        jobs,
        { namespace: 'n', name },
        { status: { completionTime: '2026-01-01T00:01:30Z', conditions: [{ type, status: 'True' }] } },
        { type: 'merge', subresource: 'status' },
      ),
  }
}
const minute = (count: number) => `c-${Math.floor(at('2026-01-01T00:00:00Z') / 60_000) + count}`

test('A Job is made at each stroke, followed to its end, and kept as long as the history is short', async (t) => {
  const { settled, advance, names, status, end, client, reasons } = start(t)
  await settled()
  assert.deepEqual(names(), [])
  await advance(60_200)
  assert.deepEqual(names(), [minute(1)])
  const { metadata } = client.peek(jobs, 'n', minute(1))!
  assert.equal(metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-01T00:01:00Z')
  assert.deepEqual([metadata.labels, metadata.ownerReferences?.[0]?.uid], [{ a: 'b' }, 'u'])
  assert.deepEqual([status().active?.map(({ name }) => name), status().lastScheduleTime], [[minute(1)], '2026-01-01T00:01:00Z'])
  await end(minute(1), 'Complete')
  await settled()
  assert.deepEqual([status().active, status().lastSuccessfulTime], [[], '2026-01-01T00:01:30Z'])
  await advance(60_000)
  assert.deepEqual(names(), [minute(1), minute(2)])
  await end(minute(2), 'Complete')
  await settled()
  assert.deepEqual(names(), [minute(2)])
  for (const reason of ['SuccessfulCreate', 'SawCompletedJob', 'SuccessfulDelete']) assert.ok(reasons().includes(reason), reason)
})

for (const { policy, expected, reason } of [
  { policy: 'Allow', expected: [minute(1), minute(2)], reason: 'SuccessfulCreate' },
  { policy: 'Forbid', expected: [minute(1)], reason: 'JobAlreadyActive' },
  { policy: 'Replace', expected: [minute(2)], reason: 'SuccessfulDelete' },
])
  test(`While a Job is active, ${policy} leaves ${expected.length}`, async (t) => {
    const { settled, advance, names, reasons } = start(t, { concurrencyPolicy: policy })
    await settled()
    await advance(60_200)
    await advance(60_000)
    assert.deepEqual(names(), expected)
    assert.ok(reasons().includes(reason))
  })

test('A suspended one makes nothing; once resumed, only the latest missed time counts', async (t) => {
  const { settled, advance, names, client } = start(t, { suspend: true })
  await settled()
  await advance(5 * 60_000 + 1000)
  assert.deepEqual(names(), [])
  await client.patch(cronJobs, key, { spec: { suspend: false } }, { type: 'merge' })
  await settled()
  assert.deepEqual(names(), [minute(5)])
})

test('With another schedule nothing is made up for: it counts from its next stroke', async (t) => {
  const { settled, advance, names, client } = start(t, { schedule: '0 * * * *' })
  await settled()
  await advance(40 * 60_000)
  await client.patch(cronJobs, key, { spec: { schedule: '*/15 * * * *' } }, { type: 'merge' })
  await settled()
  assert.deepEqual(names(), [])
  await advance(5 * 60_000 + 200)
  assert.deepEqual(names(), [minute(45)])
})

test('A stroke whose deadline is over is left out', async (t) => {
  const { settled, advance, names, client } = start(t, { suspend: true, schedule: '0 * * * *', startingDeadlineSeconds: 60 })
  await settled()
  await advance(3_600_000 + 120_000)
  await client.patch(cronJobs, key, { spec: { suspend: false } }, { type: 'merge' })
  await settled()
  assert.deepEqual(names(), [])
})
