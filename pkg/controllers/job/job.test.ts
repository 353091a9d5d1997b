import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { jobs, pods } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { formatIndexes, parseIndexes } from './indexes.ts'
import { jobController } from './index.ts'

const job = (spec: object = {}): any => ({
  metadata: { namespace: 'n', name: 'j', uid: 'j-uid' },
  spec: {
    parallelism: 2,
    completions: 3,
    backoffLimit: 6,
    template: { metadata: { labels: { 'job-name': 'j' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
  status: {},
})

function start(t: { after(fn: () => unknown): void }, spec: object = {}) {
  const run = testControllers(t, { controllers: [jobController()] })
  const { client } = run
  client.seed(jobs, job(spec))
  const running = () =>
    client.all<Pod>(pods).filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
  const end = async (pod: Pod, phase: string, exitCode = phase === 'Failed' ? 1 : 0) => {
    const current = await client.get(pods, { namespace: 'n', name: pod.metadata.name })
    const finishedAt = new Date(run.clock.now()).toISOString()
    const containerStatuses = [{ name: 'c', restartCount: 0, state: { terminated: { exitCode, finishedAt } } }]
    await client.update(pods, { ...current, status: { phase, containerStatuses } } as any, { subresource: 'status' })
    await run.settled()
  }
  const get = () => client.peek<Job>(jobs, 'n', 'j')!
  const conditions = () => (get().status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`)
  return { ...run, running, end, get, conditions }
}

test('It runs as many at a time as it may until enough have succeeded', async (t) => {
  const { settled, running, end, get, conditions, client } = start(t)
  await settled()
  assert.equal(running().length, 2)
  await end(running()[0]!, 'Succeeded')
  assert.equal(running().length, 2)
  await end(running()[0]!, 'Succeeded')
  assert.equal(running().length, 1)
  await end(running()[0]!, 'Succeeded')
  assert.deepEqual(conditions(), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached'])
  const { succeeded, failed, active, completionTime, uncountedTerminatedPods } = get().status!
  assert.deepEqual([succeeded, failed, active, uncountedTerminatedPods], [3, 0, 0, {}])
  assert.ok(completionTime)
  assert.ok(client.all(pods).every(({ metadata }) => (metadata.finalizers ?? []).length === 0))
})

test('A pod that its selector finds is adopted, one that it no longer finds leaves it, and one that lost its Job is not held', async (t) => {
  const selector = { matchLabels: { 'job-name': 'j' } }
  const { settled, client, running, end, get } = start(t, { parallelism: 1, completions: 1, selector })
  const lost: any = { metadata: { namespace: 'n', name: 'lost', uid: 'p-1', labels: { app: 'x' }, finalizers: ['batch.kubernetes.io/job-tracking'] }, spec: {} }
  client.seed(pods, { metadata: { namespace: 'n', name: 'early', uid: 'p-2', labels: { 'job-name': 'j' } }, spec: { containers: [] } } as any)
  client.seed(pods, lost)
  await settled()
  const named = (name: string) => client.peek<Pod>(pods, 'n', name)!.metadata
  assert.deepEqual(
    running().map(({ metadata }) => metadata.name),
    ['early', 'lost'],
  )
  assert.deepEqual([named('early').ownerReferences?.[0]?.uid, named('early').finalizers], ['j-uid', ['batch.kubernetes.io/job-tracking']])
  assert.deepEqual(named('lost').finalizers ?? [], [])
  await client.patch(pods, { namespace: 'n', name: 'early' }, { metadata: { labels: { 'job-name': 'other' } } }, { type: 'merge' })
  await settled()
  assert.deepEqual([named('early').ownerReferences ?? [], named('early').finalizers ?? []], [[], []])
  await end(running().find(({ metadata }) => metadata.ownerReferences?.length)!, 'Succeeded')
  assert.equal(get().status?.succeeded, 1)
})

test('An indexed Job of fewer completions gives up the pods beyond them first', async (t) => {
  const { settled, client, running, get } = start(t, { parallelism: 3, completions: 3, completionMode: 'Indexed' })
  await settled()
  await client.patch(jobs, { namespace: 'n', name: 'j' }, { spec: { parallelism: 2, completions: 2 } }, { type: 'merge' })
  await settled()
  const indexes = running().map(({ metadata }) => metadata.annotations!['batch.kubernetes.io/job-completion-index'])
  assert.deepEqual([indexes.sort(), get().status?.completedIndexes], [['0', '1'], undefined])
})

test('A failed pod is replaced after a growing wait, up to the limit', async (t) => {
  const { settled, advance, running, end, get, conditions } = start(t, { parallelism: 1, completions: 1, backoffLimit: 1 })
  await settled()
  await end(running()[0]!, 'Failed')
  assert.equal(running().length, 0)
  await advance(10_000)
  assert.equal(running().length, 1)
  await end(running()[0]!, 'Failed')
  assert.deepEqual(conditions(), ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded'])
  assert.equal(get().status?.failed, 2)
})

test('An indexed Job has one pod an index, told by name, label and environment', async (t) => {
  const { settled, running, end, get, conditions } = start(t, { completionMode: 'Indexed', parallelism: 3 })
  await settled()
  const [first] = running()
  assert.match(first!.metadata.name, /^j-0-/)
  assert.equal(first?.spec.hostname, 'j-0')
  assert.equal(first?.spec.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX')
  for (const pod of running()) await end(pod, 'Succeeded')
  assert.equal(get().status?.completedIndexes, '0-2')
  assert.deepEqual(conditions().at(-1), 'Complete CompletionsReached')
})

test('Suspending takes the pods away, resuming brings them back', async (t) => {
  const { client, settled, running, get } = start(t)
  const suspend = async (suspend: boolean) => {
    const current = await client.get(jobs, { namespace: 'n', name: 'j' })
    await client.update(jobs, { ...current, spec: { ...current.spec, suspend } })
    await settled()
  }
  await settled()
  await suspend(true)
  assert.equal(running().length, 0)
  assert.equal(get().status?.conditions?.[0]?.reason, 'JobSuspended')
  assert.equal(get().status?.failed, 0)
  await suspend(false)
  assert.equal(running().length, 2)
  assert.equal(get().status?.conditions?.[0]?.reason, 'JobResumed')
})

test('A deadline ends it and its pods', async (t) => {
  const { settled, advance, running, conditions } = start(t, { activeDeadlineSeconds: 30 })
  await settled()
  await advance(31_000)
  await settled()
  assert.equal(running().length, 0)
  assert.deepEqual(conditions().at(-1), 'Failed DeadlineExceeded')
})

test('A failure policy fails the Job at once, or ignores the failure', async (t) => {
  const podFailurePolicy = {
    rules: [
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
      { action: 'Ignore', onExitCodes: { operator: 'In', values: [7] } },
    ],
  }
  const { settled, advance, running, end, get, conditions } = start(t, { parallelism: 1, completions: 1, backoffLimit: 0, podFailurePolicy })
  await settled()
  await end(running()[0]!, 'Failed', 7)
  assert.equal(get().status?.failed, 0)
  await advance(10_000)
  const [pod] = running()
  await end(pod!, 'Failed', 42)
  assert.deepEqual(conditions().at(-1), 'Failed PodFailurePolicy')
  assert.equal(
    get().status?.conditions?.at(-1)?.message,
    `Container c for pod n/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
  )
})

test('With a limit for each index one that fails for good does not stop the others', async (t) => {
  const { settled, running, end, get, conditions } = start(t, {
    completionMode: 'Indexed',
    completions: 2,
    parallelism: 2,
    backoffLimit: 100,
    backoffLimitPerIndex: 0,
  })
  await settled()
  const [zero, one] = running()
  await end(zero!, 'Failed')
  assert.equal(get().status?.failedIndexes, '0')
  await end(one!, 'Succeeded')
  assert.deepEqual(conditions().at(-1), 'Failed FailedIndexes')
  assert.equal(get().status?.completedIndexes, '1')
})

test('Index sets are written as ranges and read back', () => {
  assert.equal(formatIndexes(new Set([7, 1, 3, 4, 5, 9, 10])), '1,3-5,7,9,10')
  assert.deepEqual([...parseIndexes('1,3-5,7')], [1, 3, 4, 5, 7])
})

test('With a limit for each index, one that fails does not hold up the others, and is given up alone', async (t) => {
  const { settled, advance, running, end, get, conditions } = start(t, { completionMode: 'Indexed', parallelism: 2, completions: 3, backoffLimitPerIndex: 1 })
  const index = ({ metadata }: Pod) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']
  const at = (wanted: string) => running().find((pod) => index(pod) === wanted)!
  await settled()
  assert.deepEqual(running().map(index).sort(), ['0', '1'])
  await end(at('0'), 'Failed')
  assert.deepEqual(running().map(index).sort(), ['1', '2'], 'the next goes on meanwhile')
  await end(at('1'), 'Succeeded')
  assert.deepEqual(running().map(index), ['2'], 'the one that failed waits for ten seconds')
  await advance(11_000)
  assert.deepEqual(running().map(index).sort(), ['0', '2'])
  assert.equal(at('0').metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'], '1')
  await end(at('0'), 'Failed')
  await end(at('2'), 'Succeeded')
  assert.deepEqual(conditions(), ['FailureTarget FailedIndexes', 'Failed FailedIndexes'])
  assert.deepEqual([get().status?.completedIndexes, get().status?.failedIndexes, get().status?.failed], ['1,2', '0', 2])
})

test('A Job that another controller manages is left alone', async (t) => {
  const { settled, running, get } = start(t, { managedBy: 'example.com/queue' })
  await settled()
  assert.deepEqual([running().length, get().status], [0, {}])
})

for (const { policy, expected } of [
  { policy: undefined, expected: 2 },
  { policy: 'TerminatingOrFailed', expected: 2 },
  { policy: 'Failed', expected: 1 },
])
  test(`With pod replacement ${policy ?? 'by default'} a pod that is on its way out ${expected === 2 ? 'is replaced at once' : 'is waited for'}`, async (t) => {
    const { client, settled, running, get } = start(t, { parallelism: 2, completions: 2, ...(policy ? { podReplacementPolicy: policy } : {}) })
    await settled()
    const [going] = running()
    await client.patch(pods, { namespace: 'n', name: going!.metadata.name }, { spec: { nodeName: 'x' } }, { type: 'merge' })
    await client.delete(pods, { namespace: 'n', name: going!.metadata.name }, { gracePeriodSeconds: 30 })
    await settled()
    assert.equal(running().length, expected)
    assert.equal(get().status?.terminating, 1)
  })

for (const { name, rules, ends, expected } of [
  { name: 'certain indexes', rules: [{ succeededIndexes: '0' }], ends: [0], expected: 'SuccessPolicy' },
  { name: 'a number of any', rules: [{ succeededCount: 2 }], ends: [1, 2], expected: 'SuccessPolicy' },
  { name: 'a number of certain ones', rules: [{ succeededIndexes: '1-2', succeededCount: 1 }], ends: [2], expected: 'SuccessPolicy' },
  { name: 'the second rule', rules: [{ succeededIndexes: '0-1' }, { succeededIndexes: '2' }], ends: [2], expected: 'SuccessPolicy' },
  { name: 'not yet enough', rules: [{ succeededIndexes: '0-1' }], ends: [0], expected: undefined },
])
  test(`A success policy by ${name}`, async (t) => {
    const { settled, running, end, conditions, get, client } = start(t, { completionMode: 'Indexed', parallelism: 3, completions: 3, successPolicy: { rules } })
    await settled()
    for (const index of ends)
      await end(running().find(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === String(index))!, 'Succeeded')
    assert.equal(conditions().includes('SuccessCriteriaMet SuccessPolicy'), expected !== undefined)
    // Those that still run are ended, and the Job is complete when they have.
    for (const { metadata } of client.all(pods))
      if (metadata.deletionTimestamp) await client.delete(pods, { namespace: 'n', name: metadata.name }, { gracePeriodSeconds: 0 })
    await settled()
    assert.equal(conditions().includes('Complete SuccessPolicy'), expected !== undefined)
    assert.equal(get().status?.failed ?? 0, 0, 'pods that were ended with the Job are no failures')
  })

test('Pods that run when their Job fails are failures of the Job, but not of their indexes', async (t) => {
  const { settled, running, end, conditions, get, client } = start(t, {
    completionMode: 'Indexed',
    parallelism: 2,
    completions: 2,
    backoffLimitPerIndex: 0,
    maxFailedIndexes: 0,
  })
  await settled()
  await end(running().find(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === '0')!, 'Failed')
  const ending = client.all(pods).filter(({ metadata }) => metadata.deletionTimestamp)
  assert.ok(
    ending.every(({ metadata }) => !metadata.finalizers?.length),
    'they are let go at once',
  )
  for (const { metadata } of ending) await client.delete(pods, { namespace: 'n', name: metadata.name }, { gracePeriodSeconds: 0 })
  await settled()
  const { failed, failedIndexes } = get().status!
  assert.deepEqual({ failed, failedIndexes }, { failed: 2, failedIndexes: '0' })
  assert.ok(conditions().includes('Failed MaxFailedIndexesExceeded'))
})
