/** A --wait that fails says of every kind what is not ready, and why; after it stands the original's error. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { customResourceDefinitions, events, nodes, pods, serviceAccounts } from '#api/gen/resources.ts'
import { startHelmRig } from '#helm/testing/rig.ts'

const rig = await startHelmRig()
after(() => rig[Symbol.asyncDispose]())
const namespace = 'default'
await rig.client.create(serviceAccounts, { metadata: { name: 'default', namespace } })
const node: any = await rig.client.create(nodes, { metadata: { name: 'n' } })
await rig.client.update(nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } }, { subresource: 'status' })
await rig.client.create(customResourceDefinitions, {
  metadata: { name: 'widgets.unready.example.com' },
  spec: {
    group: 'unready.example.com',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
} as any)

const containers = [{ name: 'c', image: 'img:1' }]
const workload = (app: string): object => ({ selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: { containers } } })
const jobSpec = { template: { spec: { restartPolicy: 'Never', containers } } }

/** A chart of one object; what is in its status is there from the start only in custom resources. */
function chart(apiVersion: string, kind: string, rest: object, metadata: object = {}): string {
  const name = kind.toLowerCase()
  mkdirSync(join(rig.dir, name, 'templates'), { recursive: true })
  writeFileSync(join(rig.dir, name, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`)
  writeFileSync(join(rig.dir, name, 'templates/a.yaml'), JSON.stringify({ apiVersion, kind, metadata: { name, ...metadata }, ...rest }))
  return name
}

async function pod(app: string, status: object, placed = true): Promise<void> {
  const made: any = await rig.client.create(pods, {
    metadata: { name: `${app}-0`, namespace, labels: { app } },
    spec: { containers, ...(placed ? { nodeName: 'n' } : {}) },
  } as any)
  await rig.client.update(pods, { ...made, status } as any, { subresource: 'status' })
}

const warning = (kind: string, reason: string, message: string): Promise<unknown> =>
  rig.client.create(events, {
    metadata: { name: `${kind.toLowerCase()}.${reason.toLowerCase()}`, namespace },
    involvedObject: { kind, name: kind.toLowerCase(), namespace },
    reason,
    message,
    type: 'Warning',
    lastTimestamp: '2026-01-01T00:00:00Z',
  } as any)

const container = (state: object, more: object = {}): object => ({ name: 'c', image: 'img:1', imageID: '', ready: false, restartCount: 0, state, ...more })
const pending = (message: string): object => ({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] })

interface Case {
  readonly chart: string
  readonly flags?: string
  /** What is said of the object, without what to do about it. */
  readonly told: string
  /** The original's words, after "Error: INSTALLATION FAILED: ". */
  readonly error: string
}

const late = 'context deadline exceeded'
const inProgress = (kind: string, message: string): string =>
  `resource ${kind}/default/${kind.toLowerCase()} not ready. status: InProgress, message: ${message}\n${late}`

async function check({ chart: name, flags = '--wait', told, error }: Case): Promise<void> {
  const { code, stderr } = await rig.ours(`install ${name} ./${name} ${flags} --timeout 50ms`)
  const shown = stderr.replaceAll(/^ *→ .*\n/gm, '')
  assert.deepEqual({ name, code, shown }, { name, code: 1, shown: `${told}Error: INSTALLATION FAILED: ${error}\n` })
}

const told = (kind: string, ...lines: string[]): string => `${kind}/default/${kind.toLowerCase()} is not ready:\n${lines.map((line) => `  ${line}\n`).join('')}`

test('a Deployment tells of an image that cannot be had', async () => {
  await pod('deployment', { phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } })] })
  await check({
    chart: chart('apps/v1', 'Deployment', { spec: workload('deployment') }),
    told: told(
      'Deployment',
      'Deployment deployment has 0 of 1 pods ready.',
      '  Pod deployment-0 is pending on node n.',
      '    Container c waits for its image img:1: no such image.',
    ),
    error: inProgress('Deployment', 'Replicas: 0/1'),
  })
})

test('a ReplicaSet tells of a quota', async () => {
  const message = 'Error creating: pods "replicaset-x" is forbidden: exceeded quota: few'
  await warning('ReplicaSet', 'FailedCreate', message)
  await check({
    chart: chart('apps/v1', 'ReplicaSet', { spec: workload('replicaset') }),
    told: told('ReplicaSet', 'ReplicaSet replicaset has 0 of 1 pods ready.', `  ${message}.`),
    error: inProgress('ReplicaSet', 'Labelled: 0/1'),
  })
})

test('a StatefulSet tells of a container that crashes, and ends the waiting', async () => {
  const crash = container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 4, lastState: { terminated: { exitCode: 1, message: 'no database' } } })
  await pod('statefulset', { phase: 'Running', containerStatuses: [crash] })
  await check({
    chart: chart('apps/v1', 'StatefulSet', { spec: { serviceName: 's', ...workload('statefulset') } }),
    told: told(
      'StatefulSet',
      'StatefulSet statefulset has 0 of 1 pods ready.',
      '  Pod statefulset-0 is not ready on node n.',
      '    Container c keeps crashing; it was started again 4 times.',
      '      It ended with exit code 1.',
      '      It said: no database.',
    ),
    error: 'resource StatefulSet/default/statefulset not ready. status: Failed, message: 1 pods have failed',
  })
})

test('a DaemonSet tells that no controller has seen it', async () => {
  await check({
    chart: chart('apps/v1', 'DaemonSet', { spec: workload('daemonset') }),
    told: told('DaemonSet', 'The controller of DaemonSets has not looked at it yet.'),
    error: inProgress('DaemonSet', 'DaemonSet status.observedGeneration not found'),
  })
})

test('a ReplicationController tells what the scheduler says', async () => {
  await pod('replicationcontroller', pending('0/3 nodes are available: 3 Insufficient cpu.'), false)
  const { selector, ...spec } = workload('replicationcontroller') as any
  await check({
    chart: chart('v1', 'ReplicationController', { spec: { ...spec, selector: selector.matchLabels } }),
    flags: '--wait=legacy',
    told: told(
      'ReplicationController',
      'ReplicationController replicationcontroller has 0 of 1 pods ready.',
      '  Pod replicationcontroller-0 is not scheduled to a node.',
      '    The scheduler says: 0/3 nodes are available: 3 Insufficient cpu.',
    ),
    error: late,
  })
})

test('a Job tells of its pod, as a hook too', async () => {
  await pod('job', { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [container({ running: {} })] })
  const spec = { manualSelector: true, selector: { matchLabels: { app: 'job' } }, template: { ...jobSpec.template, metadata: { labels: { app: 'job' } } } }
  const lines = ['Job job has not finished.', '  Pod job-0 is not ready on node n.', '    Container c runs, but is not ready yet.']
  await check({
    chart: chart('batch/v1', 'Job', { spec }),
    flags: '--wait --wait-for-jobs',
    told: told('Job', ...lines),
    error: inProgress('Job', 'Job in progress'),
  })
  await check({
    chart: chart('batch/v1', 'Job', { spec }, { annotations: { 'helm.sh/hook': 'pre-install' } }),
    flags: '--replace',
    told: told('Job', ...lines),
    error: `failed pre-install: ${inProgress('Job', 'Job in progress')}`,
  })
})

test('a Pod tells that nobody schedules it', async () => {
  await check({
    chart: chart('v1', 'Pod', { spec: { containers } }),
    told: told('Pod', 'Pod pod is not scheduled to a node.', '  No scheduler has looked at it yet; it asks for default-scheduler.'),
    error: inProgress('Pod', 'Pod is in the Pending phase'),
  })
})

test('a claim tells of its storage class', async () => {
  const spec = { storageClassName: 'fast', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await check({
    chart: chart('v1', 'PersistentVolumeClaim', { spec }),
    told: told('PersistentVolumeClaim', 'Claim persistentvolumeclaim asks for the storage class fast, which does not exist.'),
    error: inProgress('PersistentVolumeClaim', 'PVC is not Bound. phase: Pending'),
  })
})

test('a Service tells that it has no address of a load balancer', async () => {
  await check({
    chart: chart('v1', 'Service', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
    flags: '--wait=legacy',
    told: told(
      'Service',
      'Service service has no address from outside yet: nothing has given it a load balancer.',
      'Service service has no selector, and nobody has given it endpoints.',
    ),
    error: late,
  })
})

test('custom resources tell what their conditions say', async () => {
  const widget = (type: string, status: string, message: string): string =>
    chart('unready.example.com/v1', 'Widget', { status: { conditions: [{ type, status, message }] } })
  await check({
    chart: widget('Ready', 'False', 'the far end does not answer'),
    told: told('Widget', 'Widget widget is in trouble.', '  Ready: the far end does not answer'),
    error: inProgress('Widget', 'the far end does not answer'),
  })
  await check({
    chart: widget('Stalled', 'True', 'no credit is left'),
    flags: '--wait --replace',
    told: told('Widget', 'Widget widget is in trouble.', '  Stalled: no credit is left'),
    error: 'resource Widget/default/widget not ready. status: Failed, message: no credit is left',
  })
})

test('an uninstall that waits tells what holds an object', async () => {
  const name = chart('v1', 'ConfigMap', {}, { finalizers: ['example.com/hold'] })
  assert.equal((await rig.ours(`install ${name} ./${name}`)).code, 0)
  const { code, stderr } = await rig.ours(`uninstall ${name} --wait --timeout 50ms`)
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^ConfigMap\/default\/configmap is not gone:\n {2}ConfigMap configmap is being deleted, for \d+s\.\n {4}The finalizer example\.com\/hold holds it/,
  )
  assert.match(
    stderr,
    /resource ConfigMap\/default\/configmap still exists\. status: Terminating, message: Resource scheduled for deletion\ncontext deadline exceeded\n$/,
  )
})
