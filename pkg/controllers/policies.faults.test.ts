/** Workloads by their other policies in trouble: what each promises at every moment, and the end that it comes to. */
import assert from 'node:assert/strict'
import type { Pod } from '#api/gen/core/v1.ts'
import { cronJobs, daemonSets, deployments, jobs, nodes, persistentVolumeClaims, pods, statefulSets } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { cronJobController } from './cron-job/index.ts'
import { daemonSetController } from './daemon-set/index.ts'
import { nodeNameOf } from './daemon-set/node-fit.ts'
import { deploymentController } from './deployment/index.ts'
import { jobController } from './job/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { statefulSetController } from './stateful-set/index.ts'
import { faultTests } from './testing/faults.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'
import { alive, endPods, key, podsOf, template } from './testing/workload-pods.ts'
import { isPodReady } from './workload/pod-state.ts'

const imageOf = ({ spec }: Pod): string => spec.containers[0]!.image!
const kubelet = () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 1000, nodeOf: (pod) => nodeNameOf(pod) ?? 'a' })]
const patch = (client: FakeClient, of: any, name: string, spec: object) => client.patch(of, key(name), { spec }, { type: 'merge' })
const image = (app: string, tag: string) => ({ template: template(app, tag) })

faultTests({
  name: 'Deployment that recreates',
  controllers: () => [deploymentController(), replicaSetController()],
  world: kubelet,
  seed: (client) =>
    client.seed(deployments, {
      metadata: { namespace: 'n', name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'Recreate' },
        revisionHistoryLimit: 1,
        template: template('web', 'v1'),
      },
    } as any),
  async drive(client, second) {
    if (second === 40) await patch(client, deployments, 'web', image('web', 'v2'))
    if (second === 110) await patch(client, deployments, 'web', image('web', 'v3'))
  },
  invariant(client) {
    // Those on their way out count too: old and new never run side by side.
    const running = podsOf(client, 'web').filter(({ status }) => status?.phase === 'Running')
    assert.ok(new Set(running.map(imageOf)).size <= 1, running.map(imageOf).join())
    assert.ok(alive(client, 'web').length <= 3)
  },
  outcome: (client) => ({
    images: alive(client, 'web').map(imageOf),
    status: { ...client.peek(deployments, 'n', 'web')!.status, conditions: undefined, observedGeneration: 0 },
  }),
})

faultTests({
  name: 'DaemonSet with surge',
  controllers: () => [daemonSetController()],
  world: kubelet,
  seed(client) {
    for (const name of ['a', 'b', 'c']) client.seed(nodes, { metadata: { name }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    client.seed(daemonSets, {
      metadata: { namespace: 'n', name: 'agent' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: template('agent', 'v1'),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      },
    } as any)
  },
  drive: async (client, second) => void (second === 50 && (await patch(client, daemonSets, 'agent', image('agent', 'v2')))),
  invariant(client) {
    const on = Map.groupBy(alive(client, 'agent'), nodeNameOf)
    for (const [node, list] of on) assert.ok(list.length <= 2, `${list.length} pods on ${node}`)
    const surging = [...on.values()].filter((list) => list.length > 1).length
    assert.ok(surging <= 1, `${surging} nodes have two`)
  },
  outcome: (client) => ({
    images: alive(client, 'agent').map(imageOf),
    ready: alive(client, 'agent').filter(isPodReady).length,
    status: { ...client.peek(daemonSets, 'n', 'agent')!.status, observedGeneration: 0 },
  }),
})

faultTests({
  name: 'StatefulSet whose claims go with its pods',
  controllers: () => [statefulSetController()],
  world: kubelet,
  seed: (client) =>
    client.seed(statefulSets, {
      metadata: { namespace: 'n', name: 'db' },
      spec: {
        replicas: 3,
        serviceName: 'db',
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' },
        selector: { matchLabels: { app: 'db' } },
        template: template('db', 'v1'),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } }],
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      },
    } as any),
  async drive(client, second) {
    if (second === 40) await patch(client, statefulSets, 'db', { replicas: 1 })
    if (second === 80) await patch(client, statefulSets, 'db', { replicas: 2, ordinals: { start: 1 } })
    if (second === 120) await patch(client, statefulSets, 'db', image('db', 'v2'))
  },
  invariant(client) {
    const names = podsOf(client, 'db').map(({ metadata }) => metadata.name)
    assert.equal(new Set(names).size, names.length, 'one of each name')
    const claims = new Set(client.all(persistentVolumeClaims).map(({ metadata }) => metadata.name))
    for (const name of names) assert.ok(claims.has(`data-${name}`), `${name} has its claim`)
  },
  outcome: (client) => ({
    pods: alive(client, 'db')
      .map((pod) => [pod.metadata.name, imageOf(pod)])
      .sort(),
    // Whose claim is a pod's of the set it scaled away from waits for the garbage collector.
    claims: client
      .all(persistentVolumeClaims)
      .map(({ metadata }) => [metadata.name, (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`)])
      .sort(),
    ready: client.peek(statefulSets, 'n', 'db')!.status.readyReplicas,
  }),
})

faultTests({
  name: 'Job that waits for its pods to end before it replaces them',
  controllers: () => [jobController()],
  world: kubelet,
  seed: (client) =>
    client.seed(jobs, {
      metadata: { namespace: 'n', name: 'job' },
      spec: { parallelism: 2, completions: 4, backoffLimit: 6, podReplacementPolicy: 'Failed', template: template('job', 'v1') },
    } as any),
  async drive(client, second) {
    if (second === 20) {
      const [first] = alive(client, 'job')
      if (first) await client.delete(pods, key(first.metadata.name)).catch((error) => assert.ok(isNotFound(error)))
    }
    if (second === 60) await patch(client, jobs, 'job', { suspend: true })
    if (second === 80) await patch(client, jobs, 'job', { suspend: false })
    if (second > 90 && second % 3 === 0) await endPods(client, 'job', () => 'Succeeded')
  },
  invariant(client) {
    const unended = podsOf(client, 'job').filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    assert.ok(unended.length <= 2, `${unended.length} pods that have not ended`)
  },
  outcome: (client) => {
    const { succeeded, active, terminating, conditions } = client.peek(jobs, 'n', 'job')!.status!
    return { succeeded, active, terminating, conditions: conditions?.map(({ type, status, reason }) => [type, status, reason]) }
  },
})

faultTests({
  name: 'Indexed Job with a success policy',
  controllers: () => [jobController()],
  world: kubelet,
  seed: (client) =>
    client.seed(jobs, {
      metadata: { namespace: 'n', name: 'job' },
      spec: {
        parallelism: 4,
        completions: 4,
        completionMode: 'Indexed',
        backoffLimit: 6,
        successPolicy: { rules: [{ succeededIndexes: '1-2' }] },
        template: template('job', 'v1'),
      },
    } as any),
  drive: (client, second) =>
    second < 20
      ? Promise.resolve()
      : endPods(client, 'job', ({ metadata }) => {
          const index = metadata.annotations?.['batch.kubernetes.io/job-completion-index']
          return index === '1' || index === '2' ? 'Succeeded' : undefined
        }),
  invariant(client) {
    const conditions = client.peek(jobs, 'n', 'job')!.status?.conditions ?? []
    const is = (type: string): boolean => conditions.some((each) => each.type === type && each.status === 'True')
    if (is('Complete')) assert.ok(is('SuccessCriteriaMet'), 'met before it is complete')
    assert.ok(!is('Failed'))
  },
  outcome: (client) => {
    const { succeeded, active, completedIndexes, conditions } = client.peek(jobs, 'n', 'job')!.status!
    return { succeeded, active, completedIndexes, conditions: conditions?.map(({ type, reason }) => [type, reason]), left: alive(client, 'job').length }
  },
})

faultTests({
  name: 'CronJob that replaces what still runs',
  controllers: () => [cronJobController(), jobController()],
  world: kubelet,
  seconds: 320,
  seed: (client) =>
    client.seed(cronJobs, {
      metadata: { namespace: 'n', name: 'cron' },
      spec: {
        schedule: '* * * * *',
        concurrencyPolicy: 'Replace',
        successfulJobsHistoryLimit: 1,
        jobTemplate: { metadata: {}, spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: template('cron', 'v1') } },
      },
    } as any),
  invariant(client) {
    const times = client.all(jobs).map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'])
    assert.equal(new Set(times).size, times.length, 'one a time')
    const staying = client.all(jobs).filter(({ metadata }) => !metadata.deletionTimestamp)
    assert.ok(staying.length <= 1, `${staying.length} at once`)
  },
  outcome: (client) => ({
    jobs: client.all(jobs).map(({ metadata }) => metadata.name),
    last: client.peek(cronJobs, 'n', 'cron')!.status?.lastScheduleTime,
    active: client.peek(cronJobs, 'n', 'cron')!.status?.active?.length ?? 0,
  }),
})
