/** The workload controllers in trouble: every kind keeps its promises at every moment, and comes to the same end. */
import assert from 'node:assert/strict'
import type { ReplicaSet } from '#api/gen/apps/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import {
  controllerRevisions,
  cronJobs,
  daemonSets,
  deployments,
  endpointSlices,
  endpoints,
  jobs,
  nodes,
  persistentVolumeClaims,
  pods,
  replicaSets,
  replicationControllers,
  services,
  statefulSets,
} from '#api/gen/resources.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { cronJobController } from './cron-job/index.ts'
import { daemonSetController } from './daemon-set/index.ts'
import { deploymentController } from './deployment/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { endpointsController } from './endpoints/index.ts'
import { jobController } from './job/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { replicationController } from './replication-controller/index.ts'
import { statefulSetController } from './stateful-set/index.ts'
import { faultTests } from './testing/faults.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'
import { alive, endPods, key, podsOf, template } from './testing/workload-pods.ts'
import { isPodReady } from './workload/pod-state.ts'

const images = (list: readonly Pod[]) => list.map(({ spec }) => spec.containers[0]?.image).sort()
const names = (list: readonly Pod[]) => list.map(({ metadata }) => metadata.name).sort()
/** A daemon's pod says itself which node it is for; there is no scheduler. */
const ownNode = (pod: Pod) =>
  pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]
const kubelet = () => [hollowKubelet({ readyAfterMs: () => 1000, goneAfterMs: 1000, nodeOf: ownNode })]

async function setImage(client: FakeClient, of: any, name: string, image: string): Promise<void> {
  const current: any = await client.get(of, key(name))
  const labels = current.spec.template.metadata.labels
  await client.update(of, { ...current, spec: { ...current.spec, template: template(labels.app, image) } })
}

const reachedOnce = new WeakSet<FakeClient>()

faultTests({
  name: 'Deployment',
  controllers: () => [deploymentController(), replicaSetController()],
  world: kubelet,
  seed: (client) =>
    client.seed(deployments, {
      metadata: { namespace: 'n', name: 'web' },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: 'web' } },
        template: template('web', 'v1'),
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      },
    }),
  async drive(client, second) {
    if (second === 60) await setImage(client, deployments, 'web', 'v2')
    if (second === 75) await setImage(client, deployments, 'web', 'v3')
  },
  invariant(client) {
    assert.ok(alive(client, 'web').length <= 5, `${alive(client, 'web').length} pods, one surplus is allowed`)
    const available = alive(client, 'web').filter(isPodReady).length
    if (available === 4) reachedOnce.add(client)
    if (reachedOnce.has(client)) assert.ok(available >= 3, `${available} available, three are promised`)
  },
  outcome: (client) => {
    const { conditions, ...status } = client.peek(deployments, 'n', 'web')!.status as any
    return {
      images: images(podsOf(client, 'web')),
      replicas: client
        .all<ReplicaSet>(replicaSets)
        .map(({ spec, status: of }) => [spec.template?.spec?.containers[0]?.image, spec.replicas, of.availableReplicas])
        .sort(),
      status: { ...status, observedGeneration: 0 },
      conditions: conditions.map(({ type, status: is, reason }: any) => [type, is, reason]).sort(),
    }
  },
})

faultTests({
  name: 'ReplicationController',
  controllers: () => [replicationController()],
  world: kubelet,
  seconds: 120,
  seed: (client) =>
    client.seed(replicationControllers, {
      metadata: { namespace: 'n', name: 'rc' },
      spec: { replicas: 5, selector: { app: 'rc' }, template: template('rc', 'v1') },
    } as any),
  async drive(client, second) {
    if (second === 40) {
      const current = await client.get(replicationControllers, key('rc'))
      await client.update(replicationControllers, { ...current, spec: { ...current.spec, replicas: 2 } })
    }
  },
  invariant: (client) => assert.ok(alive(client, 'rc').length <= 5),
  outcome: (client) => [podsOf(client, 'rc').length, client.peek(replicationControllers, 'n', 'rc')!.status?.readyReplicas],
})

faultTests({
  name: 'StatefulSet',
  controllers: () => [statefulSetController()],
  world: kubelet,
  seed: (client) =>
    client.seed(statefulSets, {
      metadata: { namespace: 'n', name: 'db' },
      spec: {
        replicas: 3,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: template('db', 'v1'),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } }],
      },
    } as any),
  async drive(client, second) {
    if (second === 60) await setImage(client, statefulSets, 'db', 'v2')
    if (second === 110) {
      const current = await client.get(statefulSets, key('db'))
      await client.update(statefulSets, { ...current, spec: { ...current.spec, replicas: 2 } })
    }
  },
  invariant(client) {
    const ordinals = podsOf(client, 'db').map(({ metadata }) => metadata.labels?.['apps.kubernetes.io/pod-index'])
    assert.equal(new Set(ordinals).size, ordinals.length, `ordinals ${ordinals}`)
    // In order: whoever is there, those below were ready when it came; one at a time is away.
    assert.ok(ordinals.length <= 3)
  },
  outcome: (client) => ({
    pods: names(podsOf(client, 'db')),
    images: images(podsOf(client, 'db')),
    claims: client
      .all(persistentVolumeClaims)
      .map(({ metadata }) => metadata.name)
      .sort(),
    revisions: client
      .all(controllerRevisions)
      .map(({ revision }) => revision)
      .sort(),
    status: { ...client.peek(statefulSets, 'n', 'db')!.status, observedGeneration: 0 },
  }),
})

faultTests({
  name: 'DaemonSet',
  controllers: () => [daemonSetController()],
  world: kubelet,
  seed(client) {
    for (const name of ['a', 'b', 'c']) client.seed(nodes, { metadata: { name }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    client.seed(daemonSets, {
      metadata: { namespace: 'n', name: 'agent' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: template('agent', 'v1'),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      },
    } as any)
  },
  async drive(client, second) {
    if (second === 50) await setImage(client, daemonSets, 'agent', 'v2')
    if (second === 100) client.seed(nodes, { metadata: { name: 'd' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  },
  invariant(client) {
    const on = Map.groupBy(alive(client, 'agent'), ({ spec }) => JSON.stringify(spec.affinity))
    for (const [node, list] of on) assert.ok(list.length <= 1, `${list.length} pods on ${node}`)
  },
  outcome: (client) => ({
    images: images(podsOf(client, 'agent')),
    revisions: client.all(controllerRevisions).length,
    status: { ...client.peek(daemonSets, 'n', 'agent')!.status, observedGeneration: 0 },
  }),
})

const succeededAtMost = new WeakMap<FakeClient, number>()

faultTests({
  name: 'Job',
  controllers: () => [jobController()],
  world: kubelet,
  seed: (client) =>
    client.seed(jobs, {
      metadata: { namespace: 'n', name: 'job' },
      spec: { parallelism: 2, completions: 5, backoffLimit: 6, template: template('job', 'v1') },
    } as any),
  drive: (client, second) => (second % 3 === 0 ? endPods(client, 'job', () => 'Succeeded') : Promise.resolve()),
  invariant(client) {
    const { succeeded = 0, failed = 0 } = client.peek(jobs, 'n', 'job')!.status ?? {}
    const ended = podsOf(client, 'job').filter(({ status }) => status?.phase === 'Succeeded').length
    assert.ok(succeeded <= ended, `${succeeded} counted, ${ended} ended`)
    assert.ok(succeeded >= (succeededAtMost.get(client) ?? 0), 'a count never falls')
    succeededAtMost.set(client, succeeded)
    assert.equal(failed, 0)
    assert.ok(alive(client, 'job').length <= 2, 'parallelism')
  },
  outcome: (client) => {
    const { succeeded, failed, active, conditions, uncountedTerminatedPods } = client.peek(jobs, 'n', 'job')!.status!
    const held = podsOf(client, 'job').filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)
    return {
      succeeded,
      failed,
      active,
      uncountedTerminatedPods,
      held: held.length,
      pods: podsOf(client, 'job').length,
      conditions: conditions?.map(({ type }) => type),
    }
  },
})

faultTests({
  name: 'Indexed Job with failures',
  controllers: () => [jobController()],
  world: kubelet,
  seed: (client) =>
    client.seed(jobs, {
      metadata: { namespace: 'n', name: 'job' },
      spec: { parallelism: 3, completions: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1, template: template('job', 'v1') },
    } as any),
  drive: (client) =>
    endPods(client, 'job', ({ metadata }) => (metadata.annotations?.['batch.kubernetes.io/job-completion-index'] === '1' ? 'Failed' : 'Succeeded')),
  invariant(client) {
    const indexes = alive(client, 'job').map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'])
    assert.equal(new Set(indexes).size, indexes.length, 'one pod an index')
  },
  outcome: (client) => {
    const { succeeded, failed, completedIndexes, failedIndexes, conditions } = client.peek(jobs, 'n', 'job')!.status!
    return { succeeded, failed, completedIndexes, failedIndexes, conditions: conditions?.map(({ type, reason }) => [type, reason]) }
  },
})

faultTests({
  name: 'CronJob that forbids overlap',
  controllers: () => [cronJobController(), jobController()],
  world: kubelet,
  seconds: 320,
  seed: (client) =>
    client.seed(cronJobs, {
      metadata: { namespace: 'n', name: 'cron' },
      spec: {
        schedule: '* * * * *',
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 2,
        jobTemplate: { metadata: {}, spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: template('cron', 'v1') } },
      },
    } as any),
  drive: (client, second) => (second % 10 === 5 ? endPods(client, 'cron', () => 'Succeeded') : Promise.resolve()),
  invariant(client) {
    const all = client.all(jobs)
    const running = all.filter(({ status }) => !status?.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True'))
    assert.ok(running.length <= 1, `${running.length} at once`)
    const times = all.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'])
    assert.equal(new Set(times).size, times.length, 'one a time')
  },
  outcome: (client) => ({
    jobs: client
      .all(jobs)
      .map(({ metadata }) => metadata.name)
      .sort(),
    last: client.peek(cronJobs, 'n', 'cron')!.status?.lastScheduleTime,
    active: client.peek(cronJobs, 'n', 'cron')!.status?.active?.length ?? 0,
  }),
})

faultTests({
  name: 'Endpoints and EndpointSlices',
  controllers: () => [endpointsController(), endpointSliceController()],
  world: kubelet,
  seconds: 100,
  seed(client) {
    client.seed(nodes, { metadata: { name: 'node-1' } })
    client.seed(services, {
      metadata: { namespace: 'n', name: 'web' },
      spec: { selector: { app: 'web' }, clusterIP: '10.96.0.9', ports: [{ port: 80, targetPort: 8080 }] },
    } as any)
    for (const name of ['p', 'q', 'r'])
      client.seed(pods, { metadata: { namespace: 'n', name, labels: { app: 'web' } }, spec: { containers: [{ name: 'c' }] } } as any)
  },
  async drive(client, second) {
    if (second === 40) await client.delete(pods, key('q'))
    if (second === 50) client.seed(pods, { metadata: { namespace: 'n', name: 's', labels: { app: 'web' } }, spec: { containers: [{ name: 'c' }] } } as any)
  },
  outcome: (client) => ({
    slices: client.all(endpointSlices).map((slice) => slice.endpoints?.map(({ targetRef, conditions }) => [targetRef?.name, conditions?.ready]).sort()),
    endpoints: client.all(endpoints).map(({ subsets }) => subsets?.map(({ addresses }) => addresses?.map(({ targetRef }) => targetRef?.name).sort())),
  }),
})
