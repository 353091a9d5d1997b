import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '#api/gen/batch/v1.ts'
import { cronJobs, jobs, pods } from '#api/gen/resources.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

/** Pods of these jobs end with the code their label `ends` says; those without one run on. */
const spec = (ends: string | undefined, more: object = {}): any => ({
  ...more,
  template: {
    metadata: { labels: ends === undefined ? {} : { ends } },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'x:1' }] },
  },
})

const cases: readonly [name: string, spec: object, condition: string, reason: string | undefined, counts: object][] = [
  ['plain', spec('0', { completions: 3, parallelism: 2 }), 'Complete', 'CompletionsReached', { succeeded: 3 }],
  ['queue', spec('0', { parallelism: 2 }), 'Complete', 'CompletionsReached', { succeeded: 2 }],
  ['indexed', spec('0', { completionMode: 'Indexed', completions: 4, parallelism: 2 }), 'Complete', 'CompletionsReached', { completedIndexes: '0-3' }],
  [
    'success-policy',
    spec('0', { completionMode: 'Indexed', completions: 3, parallelism: 1, successPolicy: { rules: [{ succeededIndexes: '0' }] } }),
    'Complete',
    'SuccessPolicy',
    { completedIndexes: '0' },
  ],
  ['empty', spec('0', { completions: 0 }), 'Complete', 'CompletionsReached', {}],
  ['fails', spec('1', { backoffLimit: 0, parallelism: 2, completions: 2 }), 'Failed', 'BackoffLimitExceeded', {}],
  [
    'fails-by-index',
    spec('1', { completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 0 }),
    'Failed',
    'FailedIndexes',
    { failedIndexes: '0,1' },
  ],
  [
    'too-many-failed-indexes',
    spec('1', { completionMode: 'Indexed', completions: 4, parallelism: 2, backoffLimitPerIndex: 0, maxFailedIndexes: 1 }),
    'Failed',
    'MaxFailedIndexesExceeded',
    {},
  ],
  [
    'policy',
    spec('7', { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [7] } }] } }),
    'Failed',
    'PodFailurePolicy',
    {},
  ],
  ['deadline', spec(undefined, { activeDeadlineSeconds: 1 }), 'Failed', 'DeadlineExceeded', {}],
]

test('Jobs come to each of their ends through states the server lets pass', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane()
  const { client, eventually, complaints } = cluster
  for (const [name, spec] of cases) await client.create(jobs, { metadata: { namespace: 'default', name }, spec } as any)
  await client.create(jobs, { metadata: { namespace: 'default', name: 'suspended' }, spec: spec(undefined, { suspend: true }) } as any)
  for (const [name, , condition, reason, counts] of cases) {
    const { status } = await eventually(`${name} is ${condition}`, async () => {
      await endPods(cluster)
      const job = await client.get(jobs, { namespace: 'default', name })
      return isTrue(job, condition) && job
    })
    assert.equal(status?.conditions?.find(({ type }) => type === condition)?.reason, reason, name)
    assert.deepEqual({ ...status, ...counts }, status, name)
  }

  const suspended = { namespace: 'default', name: 'suspended' }
  for (const suspend of [false, true, false]) {
    await client.patch(jobs, suspended, { spec: { suspend } }, { type: 'merge' })
    await eventually(`suspended: ${suspend}`, async () => {
      const job = await client.get(jobs, suspended)
      return isTrue(job, 'Suspended') === suspend && (job.status?.active ?? 0) === (suspend ? 0 : 1)
    })
  }
  await client.delete(jobs, suspended, { propagationPolicy: 'Foreground' })
  await eventually('no pod of it is left', async () => (await podsOf(cluster, 'suspended')).length === 0)
  assert.deepEqual(refused(complaints), [])
})

test('A CronJob runs its job and keeps what its history allows', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane({ nodeCount: 1 })
  const { client, eventually, complaints } = cluster
  await client.create(cronJobs, {
    metadata: { namespace: 'default', name: 'tick' },
    spec: { schedule: '* * * * *', suspend: true, jobTemplate: { spec: spec('0') } },
  } as any)
  const cronJob = await client.get(cronJobs, { namespace: 'default', name: 'tick' })
  await client.create(jobs, {
    metadata: {
      namespace: 'default',
      name: 'tick-1',
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: cronJob.metadata.uid!, controller: true }],
    },
    spec: spec('0'),
  } as any)
  await eventually('its job ends', async () => {
    await endPods(cluster)
    return isTrue(await client.get(jobs, { namespace: 'default', name: 'tick-1' }), 'Complete')
  })
  await client.patch(cronJobs, { namespace: 'default', name: 'tick' }, { spec: { successfulJobsHistoryLimit: 0 } }, { type: 'merge' })
  await eventually('the job is cleaned up', async () => (await client.list(jobs, { namespace: 'default' })).items.length === 0)
  assert.deepEqual(refused(complaints), [])
})

const isTrue = ({ status }: Job, condition: string): boolean => status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ?? false

const refused = (complaints: readonly string[]): readonly string[] => complaints.filter((line) => /is invalid/.test(line))

async function podsOf({ client }: ControlPlane, job: string) {
  return (await client.list(pods, { namespace: 'default', labelSelector: `batch.kubernetes.io/job-name=${job}` })).items
}

async function endPods({ client }: ControlPlane): Promise<void> {
  const { items } = await client.list(pods, { namespace: 'default', labelSelector: 'ends' })
  for (const pod of items) {
    if (pod.status?.phase !== 'Running' || pod.metadata.deletionTimestamp) continue
    const exitCode = Number(pod.metadata.labels!.ends)
    const status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 'c', image: 'x:1', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode } } }],
    }
    const conditions = pod.status.conditions!.map((each) => (each.type === 'Ready' ? { ...each, status: 'False' } : each))
    await client.patch(pods, pod.metadata as any, { status: { ...status, conditions } }, { type: 'merge', subresource: 'status' })
  }
}
