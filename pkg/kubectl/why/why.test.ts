import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  endpointSlices,
  events,
  ingresses,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  replicaSets,
  serviceAccounts,
  services,
  deployments,
  storageClasses,
} from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { startRig } from '../testing/rig.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())
const namespace = 'default'

async function make(of: ResourceRef<any>, name: string, rest: Record<string, unknown>, status?: object): Promise<any> {
  const { metadata = {}, ...body } = rest as { metadata?: object }
  const created: any = await rig.client.create(
    of as ResourceRef<KubeObject>,
    {
      apiVersion: of.group ? `${of.group}/${of.version}` : of.version,
      kind: of.kind,
      metadata: { name, ...(of.namespaced ? { namespace } : {}), ...metadata },
      ...body,
    } as any,
  )
  return status
    ? rig.client.update(of as ResourceRef<KubeObject>, { ...created, status: { ...created.status, ...status } } as any, { subresource: 'status' })
    : created
}

const ready = (status: string) => [{ type: 'Ready', status, lastHeartbeatTime: '2026-01-01T00:00:00Z', message: 'kubelet stopped posting node status' }]
const spec = (more: object = {}, container: object = {}) => ({ containers: [{ name: 'c', image: 'img:1', ...container }], ...more })
const running = (container: object, phase = 'Running') => ({
  phase,
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [{ name: 'c', image: 'img:1', imageID: '', ready: false, restartCount: 0, state: { running: {} }, ...container }],
})
const event = (of: any, reason: string, message: string, type = 'Warning') =>
  make(events, `${of.metadata.name}.${reason.toLowerCase()}`, {
    involvedObject: { apiVersion: of.apiVersion, kind: of.kind, name: of.metadata.name, namespace, uid: of.metadata.uid },
    reason,
    message,
    type,
    lastTimestamp: '2026-01-01T00:00:00Z',
  })

await make(serviceAccounts, 'default', {})
await make(nodes, 'good', {}, { conditions: ready('True') })
await make(nodes, 'bad', {}, { conditions: ready('Unknown') })

async function why(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.ours(['why', ...words])
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

test('a pending pod: what the scheduler says, a claim that is missing, a gate', async () => {
  await make(
    pods,
    'big',
    { spec: spec() },
    {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available: 2 Insufficient memory.' }],
    },
  )
  assert.match(
    await why('pod/big'),
    /^Pod big is not scheduled to a node\.\n {2}The scheduler says: 0\/2 nodes are available: 2 Insufficient memory\.\n {4}→ Ask for less memory/,
  )
  await make(pods, 'claimless', {
    spec: spec({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'gone' } }], schedulingGates: [{ name: 'example.com/wait' }] }),
  })
  assert.match(await why('pod/claimless'), /gate example\.com\/wait holds it[\s\S]*claim gone does not exist/)
})

test('a crashing pod: exit code, memory, last words; an image that cannot be pulled', async () => {
  const crash = (terminated: object) => running({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } })
  await make(pods, 'crash', { spec: spec({ nodeName: 'good' }) }, crash({ exitCode: 3, message: 'no database' }))
  assert.match(await why('pod/crash'), /keeps crashing; it was started again 4 times\.\n\s+It ended with exit code 3\.\n\s+It said: no database\./)
  await make(pods, 'oom', { spec: spec({ nodeName: 'good' }) }, crash({ exitCode: 137, reason: 'OOMKilled' }))
  assert.match(await why('pod/oom'), /more memory than its limit/)
  await make(
    pods,
    'pull',
    { spec: spec({ nodeName: 'good' }) },
    running({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }, 'Pending'),
  )
  assert.match(await why('pod/pull'), /waits for its image img:1: not found\./)
  await make(
    pods,
    'config',
    { spec: spec({ nodeName: 'good' }) },
    running({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } } }, 'Pending'),
  )
  assert.match(await why('pod/config'), /→ Create the secret s, or make it optional\./)
})

test('a pod that is not ready: its probe, its readiness gate, its node', async () => {
  const pod = await make(pods, 'probe', { spec: spec({ nodeName: 'good' }, { readinessProbe: { tcpSocket: { port: 1 } } }) }, running({}))
  await event(pod, 'Unhealthy', 'Readiness probe failed: connection refused')
  assert.match(await why('pod/probe'), /readiness probe does not succeed\.\n\s+Readiness probe failed: connection refused\./)
  await make(pods, 'gated', { spec: spec({ nodeName: 'bad', readinessGates: [{ conditionType: 'example.com/lb' }] }) }, running({ ready: true }))
  assert.match(
    await why('pod/gated'),
    /node bad is not ready\.\n\s+Ready is Unknown: kubelet stopped posting node status\.[\s\S]*gate example\.com\/lb is not true/,
  )
  assert.match(await why('node/bad'), /Ready is Unknown/)
})

test('a deployment: a quota that refuses its pods, through the ReplicaSet below it', async () => {
  const template = { metadata: { labels: { app: 'd' } }, spec: spec() }
  const deployment = await make(deployments, 'd', { spec: { replicas: 2, selector: { matchLabels: { app: 'd' } }, template } }, { replicas: 0 })
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: deployment.metadata.uid, controller: true }
  const set = await make(replicaSets, 'd-1', {
    metadata: { ownerReferences: [owner] },
    spec: { replicas: 2, selector: { matchLabels: { app: 'd' } }, template },
  })
  await event(set, 'FailedCreate', 'pods "d-1-x" is forbidden: exceeded quota: small')
  assert.match(
    await why('deployment/d'),
    /^Deployment d has 0 of 2 pods ready\.\n {2}pods "d-1-x" is forbidden: exceeded quota: small\.\n {4}→ Raise the quota/,
  )
})

test('a service: nothing selected, nothing ready; an ingress in front of what is not there', async () => {
  await make(services, 'lost', { spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] } })
  assert.match(await why('svc/lost'), /no pod has the labels app=nobody/)
  await make(pods, 'behind', { metadata: { labels: { app: 'behind' } }, spec: spec({ nodeName: 'good' }) }, running({}))
  await make(services, 'slow', { spec: { selector: { app: 'behind' }, ports: [{ port: 80, targetPort: 'http' }] } })
  assert.match(await why('svc/slow'), /none of its 1 pods is ready[\s\S]*not ready yet[\s\S]*no container of its pods has a port named http/i)
  await make(endpointSlices, 'well', {
    metadata: { labels: { 'kubernetes.io/service-name': 'well' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: '', port: 80 }],
  })
  await make(services, 'well', { spec: { selector: { app: 'behind' }, ports: [{ port: 80 }] } })
  assert.match(await why('svc/well'), /nothing is wrong/)
  await make(ingresses, 'front', {
    spec: { ingressClassName: 'none', defaultBackend: { service: { name: 'gone', port: { number: 80 } } }, tls: [{ secretName: 'cert' }] },
  })
  assert.match(await why('ingress/front'), /class none does not exist[\s\S]*service gone does not exist[\s\S]*secret cert does not exist/)
})

test('a claim: no class, a class that is not there, one that waits', async () => {
  const claim = (name: string, storageClassName?: string) =>
    make(persistentVolumeClaims, name, {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...(storageClassName === undefined ? {} : { storageClassName }) },
    })
  await claim('classless')
  assert.match(await why('pvc/classless'), /names no storage class/)
  await claim('wrong', 'missing')
  assert.match(await why('pvc/wrong'), /storage class missing, which does not exist/)
  await make(storageClasses, 'lazy', { provisioner: 'example.com/p', volumeBindingMode: 'WaitForFirstConsumer' })
  await claim('waits', 'lazy')
  assert.match(await why('pvc/waits'), /waits until a pod that uses it is scheduled/)
})

test('stuck in deletion: finalizers, a claim in use, a namespace with contents', async () => {
  await make(namespaces, 'old', { metadata: { finalizers: ['example.com/guard'] } })
  await rig.client.delete(namespaces, { name: 'old' })
  assert.match(await why('ns/old'), /Namespace old is being deleted[\s\S]*finalizer example\.com\/guard holds it[\s\S]*namespace controller still removes/)
  await make(persistentVolumeClaims, 'used', {
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'lazy', resources: { requests: { storage: '1Gi' } } },
  })
  await make(pods, 'user', { spec: spec({ nodeName: 'good', volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }] }) })
  await rig.client.delete(persistentVolumeClaims, { name: 'used', namespace })
  assert.match(await why('pvc/used'), /a pod still uses the claim\.[\s\S]*Pod user still uses the claim/)
})

test('escapes in what the cluster says do not reach the terminal', async () => {
  await make(pods, 'evil', { spec: spec({ nodeName: 'good' }) }, running({ state: { waiting: { reason: 'ErrImagePull', message: '\u001b[2Jgone' } } }))
  assert.doesNotMatch(await why('pod/evil'), /\u001b/)
})
