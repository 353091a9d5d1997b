import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceClasses, nodes, persistentVolumeClaims, persistentVolumes, pods, resourceClaims, resourceSlices, storageClasses } from '#api/gen/resources.ts'
import { serviceUnavailable } from '#apimachinery/status-error.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { newerEvents } from '#client/event-series.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'
import { amountOf, podRequests } from './state/resources.ts'
import { defaultProfile } from './profile.ts'
import { type SchedulerOptions, startScheduler } from './scheduler.ts'

const node = (name: string, more: any = {}) => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } },
  spec: more.spec ?? {},
  status: { allocatable: { cpu: '2', memory: '4Gi', pods: '10', ...more.allocatable } },
})
const pod = (name: string, spec: any = {}, requests: object = {}, more: object = {}) => ({
  metadata: { namespace: 'n', name, ...more },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...spec },
  status: { phase: 'Pending' },
})

async function start(
  t: { after(fn: () => unknown): void },
  seed: (client: FakeClient) => void,
  wrap: (client: FakeClient) => Client = (client) => client,
  options: Partial<SchedulerOptions> = {},
) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  seed(client)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const { metricsText } = startScheduler({ client: wrap(client), clock, log: silentLogger, signal: abort.signal, random: () => 0, ...options })
  await clock.advance(100)
  const nodeOf = (name: string) => client.peek(pods, 'n', name)?.spec.nodeName
  const condition = (name: string) => client.peek(pods, 'n', name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return { clock, client, nodeOf, condition, metricsText, messages: () => client.all(newerEvents).map(({ reason, note }) => `${reason}: ${note}`) }
}

test('A pod is bound to a node with room, and the event says so', async (t) => {
  const { nodeOf, messages } = await start(t, (client) => {
    client.seed(nodes, node('small', { allocatable: { cpu: '100m' } }), node('large'))
    client.seed(pods, pod('a', {}, { cpu: '1' }))
  })
  assert.equal(nodeOf('a'), 'large')
  assert.deepEqual(messages(), ['Scheduled: Successfully assigned n/a to large'])
})

test("Reasons against every node are counted in upstream's words, as condition and event", async (t) => {
  const { condition, messages } = await start(t, (client) => {
    client.seed(
      nodes,
      node('a', { allocatable: { cpu: '1' } }),
      node('b', { spec: { unschedulable: true } }),
      node('c', { spec: { taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] } }),
      node('d', { labels: { disk: 'hdd' } }),
    )
    client.seed(pods, pod('first', { nodeName: 'a' }, { cpu: '500m' }), pod('p', { affinity: required('disk', 'DoesNotExist') }, { cpu: '1' }))
  })
  const message =
    "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. " +
    'no new claims to deallocate, preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.'
  assert.equal(condition('p')?.message, message)
  assert.deepEqual([condition('p')?.status, condition('p')?.reason], ['False', 'Unschedulable'])
  assert.deepEqual(messages(), [`FailedScheduling: ${message}`])
})

function required(key: string, operator: string, values?: string[]) {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] } } }
}

test('Without nodes there is nothing to count', async (t) => {
  const { condition } = await start(t, (client) => {
    client.seed(pods, pod('p'))
  })
  assert.equal(condition('p')?.message, 'no nodes available to schedule pods')
})

test('What did not fit is tried again when a pod goes or a node comes', async (t) => {
  const { clock, client, nodeOf } = await start(t, (client) => {
    client.seed(nodes, node('a'))
    client.seed(pods, pod('first', {}, { cpu: '2' }), pod('second', {}, { cpu: '2' }), pod('third', {}, { cpu: '2' }))
  })
  assert.deepEqual([nodeOf('first'), nodeOf('second'), nodeOf('third')], ['a', undefined, undefined])
  await client.delete(pods, { namespace: 'n', name: 'first' }, { gracePeriodSeconds: 0 })
  await clock.advance(10_000)
  assert.equal(nodeOf('second'), 'a')
  await client.create(nodes, node('b'))
  await clock.advance(20_000)
  assert.equal(nodeOf('third'), 'b')
})

test('Pods of one owner spread over the nodes', async (t) => {
  const owner = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }] }
  const { nodeOf } = await start(t, (client) => {
    client.seed(nodes, node('a'), node('b'), node('c'))
    client.seed(pods, ...['p', 'q', 'r'].map((name) => pod(name, {}, {}, owner)))
  })
  assert.deepEqual([nodeOf('p'), nodeOf('q'), nodeOf('r')].sort(), ['a', 'b', 'c'])
})

test('Host ports, pod counts and other schedulers are respected', async (t) => {
  const port = { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }] }
  const { nodeOf, condition } = await start(t, (client) => {
    client.seed(nodes, node('a', { allocatable: { pods: '2' } }))
    client.seed(pods, pod('one', port), pod('two', port), pod('other', { schedulerName: 'mine' }), pod('three'), pod('four'))
  })
  assert.equal(nodeOf('one'), 'a')
  assert.match(condition('two')!.message!, /1 node\(s\) didn't have free ports for the requested pod ports/)
  assert.equal(nodeOf('other'), undefined)
  assert.equal(nodeOf('three'), 'a')
  assert.match(condition('four')!.message!, /1 Too many pods/)
})

test('A binding that fails is undone and tried again; condition and event say where it failed', async (t) => {
  let fail = true
  const { clock, nodeOf, condition, messages } = await start(
    t,
    (client) => {
      client.seed(nodes, node('a'))
      client.seed(pods, pod('p', {}, { cpu: '2' }))
    },
    (client) =>
      intercept(client, {
        before({ verb, resource }) {
          if (fail && verb === 'create' && resource?.plural === 'pods') throw serviceUnavailable('later')
        },
      }),
  )
  assert.equal(nodeOf('p'), undefined)
  const message = 'running Bind plugin "DefaultBinder": later'
  assert.deepEqual([condition('p')?.reason, condition('p')?.message], ['SchedulerError', message])
  assert.deepEqual(messages(), [`FailedScheduling: ${message}`])
  fail = false
  await clock.advance(2000)
  assert.equal(nodeOf('p'), 'a')
})

test('A pod asks for the sum of its containers, or what its start needs if that is more', () => {
  const container = (cpu: string, more: object = {}) => ({ name: 'c', image: 'i', resources: { requests: { cpu } }, ...more })
  const requests = podRequests({
    spec: {
      initContainers: [container('100m', { restartPolicy: 'Always' }), container('2')],
      containers: [container('250m'), container('0.5')],
      overhead: { cpu: '10m' },
    },
  } as any)
  assert.equal(requests.get('cpu'), 2110)
  assert.deepEqual([amountOf('memory', '1.5Gi'), amountOf('cpu', '0.1'), amountOf('memory', '1e3'), amountOf('memory', '4Ki')], [1610612736, 100, 1000, 4096])
})

test('A more important pod takes the place of a less important one', async (t) => {
  const { clock, client, nodeOf, condition, messages } = await start(t, (client) => {
    client.seed(nodes, node('a'))
    client.seed(pods, pod('low', { nodeName: 'a', terminationGracePeriodSeconds: 5 }, { cpu: '2' }, { uid: 'l' }))
    client.seed(pods, pod('high', { priority: 10 }, { cpu: '2' }, { uid: 'h' }))
  })
  assert.equal(condition('high')?.message, '0/1 nodes are available: 1 Insufficient cpu.')
  assert.equal(client.peek(pods, 'n', 'high')?.status?.nominatedNodeName, 'a')
  const low = client.peek(pods, 'n', 'low')
  assert.ok(low?.metadata.deletionTimestamp)
  const target = low?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.deepEqual([target?.reason, target?.message], ['PreemptionByScheduler', 'default-scheduler: preempting to accommodate a higher priority pod'])
  assert.ok(messages().includes('Preempted: Preempted by pod h on node a'))
  const preempted = client.all(newerEvents).find(({ reason }) => reason === 'Preempted')
  // kube-scheduler 1.36 names its preemptor only in the note.
  assert.deepEqual([preempted?.action, preempted?.related, preempted?.reportingController], ['Preempting', undefined, 'default-scheduler'])
  await client.delete(pods, { namespace: 'n', name: 'low' }, { gracePeriodSeconds: 0 })
  await clock.advance(2000)
  assert.equal(nodeOf('high'), 'a')
})

test('A pod is bound only when what is being told of its waiting has been written', async (t) => {
  const written = Promise.withResolvers<void>()
  const { clock, client, nodeOf } = await start(
    t,
    (client) => {
      client.seed(nodes, node('a'))
      client.seed(pods, pod('low', { nodeName: 'a', terminationGracePeriodSeconds: 0 }, { cpu: '2' }, { uid: 'l' }))
      client.seed(pods, pod('high', { priority: 10 }, { cpu: '2' }, { uid: 'h' }))
    },
    (client) =>
      intercept(client, {
        async before({ verb, args: [key] }) {
          if (verb === 'patch' && key.name === 'high') await written.promise
        },
      }),
  )
  await client.delete(pods, { namespace: 'n', name: 'low' }, { gracePeriodSeconds: 0 }).catch(() => {})
  await clock.advance(2000)
  assert.equal(nodeOf('high'), undefined)
  written.resolve()
  await clock.advance(2000)
  assert.equal(nodeOf('high'), 'a')
  // The binding took the promise back, and nothing made it again.
  assert.equal(client.peek(pods, 'n', 'high')?.status?.nominatedNodeName, undefined)
})

test('A pod behind a gate waits for it to open', async (t) => {
  const { clock, client, nodeOf, messages } = await start(t, (client) => {
    client.seed(nodes, node('a'))
    client.seed(pods, pod('p', { schedulingGates: [{ name: 'example.com/wait' }] }))
  })
  assert.equal(nodeOf('p'), undefined)
  assert.deepEqual(messages(), [])
  const gated = client.peek(pods, 'n', 'p')!
  await client.update(pods, { ...gated, spec: { ...gated.spec, schedulingGates: [] } })
  await clock.advance(100)
  assert.equal(nodeOf('p'), 'a')
})

test('A claim that waits for its consumer is told the node, and the pod is bound when the claim is', async (t) => {
  const { clock, client, nodeOf } = await start(t, (client) => {
    client.seed(nodes, node('a'))
    client.seed(storageClasses, { metadata: { name: 'wait' }, provisioner: 'example.com/local', volumeBindingMode: 'WaitForFirstConsumer' } as any)
    client.seed(persistentVolumeClaims, {
      metadata: { namespace: 'n', name: 'c' },
      spec: { storageClassName: 'wait', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as any)
    client.seed(pods, pod('p', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }))
  })
  const claim = client.peek(persistentVolumeClaims, 'n', 'c')!
  assert.equal(claim.metadata.annotations?.['volume.kubernetes.io/selected-node'], 'a')
  assert.equal(nodeOf('p'), undefined)
  await client.create(persistentVolumes, { metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' } } } as any)
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' }
  await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: 'v' } })
  await clock.advance(2000)
  assert.equal(nodeOf('p'), 'a')
})

test('Only a change that may help makes a refused pod be tried again', async (t) => {
  const { clock, client, messages } = await start(t, (client) => {
    client.seed(nodes, node('a', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }))
    client.seed(pods, pod('p'), pod('other', { nodeName: 'a' }))
  })
  assert.equal(messages().length, 1)
  await client.delete(pods, { namespace: 'n', name: 'other' }, { gracePeriodSeconds: 0 })
  await clock.advance(20_000)
  assert.equal(
    client.all(newerEvents).reduce((sum, { series }) => sum + (series?.count ?? 1), 0),
    1,
  )
  await client.create(nodes, node('b'))
  await clock.advance(20_000)
  assert.equal(client.peek(pods, 'n', 'p')?.spec.nodeName, 'b')
})

test('A binding whose answer is lost is not made twice, and the room is counted once', async (t) => {
  let lose = true
  const { clock, client, nodeOf, condition } = await start(
    t,
    (client) => {
      client.seed(nodes, node('a'), node('b'))
      client.seed(pods, pod('p', {}, { cpu: '2' }))
    },
    (client) =>
      intercept(client, {
        async after({ verb, resource }) {
          if (!lose || verb !== 'create' || resource?.plural !== 'pods') return
          lose = false
          // The watch is quicker than the answer that never comes.
          for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
          throw serviceUnavailable('lost')
        },
      }),
  )
  const first = nodeOf('p')
  await clock.advance(20_000)
  assert.ok(first)
  assert.equal(nodeOf('p'), first)
  await client.create(pods, pod('q', {}, { cpu: '2' }))
  await client.create(pods, pod('r', {}, { cpu: '2' }))
  await clock.advance(2_000)
  assert.equal([nodeOf('q'), nodeOf('r')].filter(Boolean).length, 1)
  assert.match([condition('q'), condition('r')].map((each) => each?.message).join(), /2 Insufficient cpu/)
})

test('Claims are allocated, reserved and kept by their finalizer before the pod is bound; a second pod finds the device taken', async (t) => {
  const { client, clock, nodeOf, condition } = await start(t, (fake) => {
    fake.seed(nodes, node('a'), node('b'))
    fake.seed(deviceClasses, { metadata: { name: 'gpu' }, spec: {} })
    fake.seed(resourceSlices, {
      metadata: { name: 's' },
      spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeName: 'b', devices: [{ name: 'x' }] },
    } as any)
    for (const name of ['one', 'two']) {
      fake.seed(resourceClaims, {
        metadata: { namespace: 'n', name },
        spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] } },
        status: {},
      } as any)
      fake.seed(pods, pod(name, { resourceClaims: [{ name: 'gpu', resourceClaimName: name }] }))
    }
  })
  assert.equal(nodeOf('one'), 'b')
  const { metadata, status } = client.peek(resourceClaims, 'n', 'one')!
  assert.deepEqual(metadata.finalizers, ['resource.kubernetes.io/delete-protection'])
  assert.deepEqual(status.reservedFor, [{ resource: 'pods', name: 'one', uid: client.peek(pods, 'n', 'one')!.metadata.uid }])
  assert.equal(status.allocation?.devices.results?.[0]?.device, 'x')
  assert.equal(nodeOf('two'), undefined)
  assert.match(condition('two')!.message!, /^0\/2 nodes are available: 2 cannot allocate all claims. still not schedulable, preemption: /)
  await client.update(resourceClaims, { ...client.peek(resourceClaims, 'n', 'one')!, status: {} }, { subresource: 'status' })
  await clock.advance(10_000)
  assert.equal(nodeOf('two'), 'b')
})

test('A claim whose devices no node can reach and nobody uses is given back, and allocated anew', async (t) => {
  const gone = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['gone'] }] }] }
  const { clock, nodeOf } = await start(t, (fake) => {
    fake.seed(nodes, node('a'))
    fake.seed(deviceClasses, { metadata: { name: 'gpu' }, spec: {} })
    fake.seed(resourceSlices, {
      metadata: { name: 's' },
      spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeName: 'a', devices: [{ name: 'x' }] },
    } as any)
    const allocation = { devices: { results: [{ request: 'r', driver: 'd', pool: 'old', device: 'y' }] }, nodeSelector: gone }
    fake.seed(resourceClaims, {
      metadata: { namespace: 'n', name: 'c' },
      spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] } },
      status: { allocation },
    } as any)
    fake.seed(pods, pod('p', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }] }))
  })
  await clock.advance(10_000)
  assert.equal(nodeOf('p'), 'a')
})

test("Attempts, waiting pods and what is cached are counted under upstream's names", async (t) => {
  const { clock, client, metricsText } = await start(t, (fake) => {
    fake.seed(nodes, node('a', { allocatable: { cpu: '1' } }))
    fake.seed(pods, pod('fits', {}, { cpu: '1' }), pod('large', {}, { cpu: '8' }), pod('gated', { schedulingGates: [{ name: 'g' }] }))
  })
  const value = (line: string) =>
    metricsText()
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.split(' ')[1]
  const counts = {
    'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"}': '1',
    'scheduler_schedule_attempts_total{profile="default-scheduler",result="unschedulable"}': '1',
    'scheduler_scheduling_attempt_duration_seconds_count{profile="default-scheduler",result="scheduled"}': '1',
    'scheduler_pod_scheduling_sli_duration_seconds_count{attempts="1"}': '1',
    'scheduler_pod_scheduling_attempts_bucket{le="1"}': '1',
    'scheduler_pending_pods{queue="active"}': '0',
    'scheduler_pending_pods{queue="unschedulable"}': '1',
    'scheduler_pending_pods{queue="gated"}': '1',
    'scheduler_queue_incoming_pods_total{event="UnschedulablePodAdd",queue="active"}': '2',
    'scheduler_queue_incoming_pods_total{event="ScheduleAttemptFailure",queue="unschedulable"}': '1',
    scheduler_preemption_attempts_total: '1',
    'scheduler_framework_extension_point_duration_seconds_count{extension_point="Filter",profile="default-scheduler",status="Success"}': '2',
    'scheduler_inflight_events{event="PodPopped"}': '0',
    'scheduler_unschedulable_pods{plugin="NodeResourcesFit",profile="default-scheduler"}': '1',
    'scheduler_cache_size{type="nodes"}': '1',
    'scheduler_cache_size{type="pods"}': '1',
    'scheduler_goroutines{operation="binding"}': '0',
    'scheduler_plugin_evaluation_total{plugin="NodeResourcesFit",extension_point="Filter",profile="default-scheduler"}': '2',
    'scheduler_event_handling_duration_seconds_count{event="NodeAdd"}': '1',
    'scheduler_event_handling_duration_seconds_count{event="UnschedulablePodAdd"}': '3',
  }
  assert.deepEqual(Object.fromEntries(Object.keys(counts).map((line) => [line, value(line)])), counts)
  await client.update(nodes, { ...client.peek(nodes, undefined as never, 'a')!, status: { allocatable: { cpu: '9', memory: '4Gi', pods: '10' } } } as any, {
    subresource: 'status',
  })
  await clock.advance(10_000)
  assert.equal(value('scheduler_pod_scheduling_sli_duration_seconds_count{attempts="2"}'), '1')
  const hint = 'scheduler_queueing_hint_execution_duration_seconds_count{event="NodeUpdateNodeAllocatable",hint="Queue",plugin="NodeResourcesFit"}'
  assert.equal(value(hint), '1')
  assert.equal(value('scheduler_queue_incoming_pods_total{event="NodeUpdateNodeAllocatable",queue="backoff"}'), '1')
})

test('Each profile speaks under its own name', async (t) => {
  const { client } = await start(
    t,
    (fake) => {
      fake.seed(nodes, node('a'))
      fake.seed(pods, pod('p', { schedulerName: 'mine' }), pod('q'))
    },
    undefined,
    { profiles: [defaultProfile(), defaultProfile('mine')] },
  )
  const said = client.all(newerEvents).map(({ regarding, reportingController }) => `${regarding!.name}: ${reportingController}`)
  assert.deepEqual(said.sort(), ['p: mine', 'q: default-scheduler'])
})

test('While claims are made ready, the pod says where it will go; it says so no more when it is there', async (t) => {
  const { client, clock, nodeOf } = await start(t, (fake) => {
    fake.seed(nodes, node('a'))
    fake.seed(storageClasses, { metadata: { name: 'wait' }, provisioner: 'example.com/local', volumeBindingMode: 'WaitForFirstConsumer' } as any)
    fake.seed(persistentVolumeClaims, {
      metadata: { namespace: 'n', name: 'c' },
      spec: { storageClassName: 'wait', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as any)
    fake.seed(pods, pod('p', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }), pod('plain'))
  })
  const nominated = (name: string) => client.peek(pods, 'n', name)?.status?.nominatedNodeName
  assert.deepEqual([nominated('p'), nominated('plain'), nodeOf('plain')], ['a', undefined, 'a'])
  await client.create(persistentVolumes, { metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' } } } as any)
  const claim = client.peek(persistentVolumeClaims, 'n', 'c')!
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' }
  await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: 'v' } })
  await clock.advance(2000)
  assert.deepEqual([nodeOf('p'), nominated('p')], ['a', undefined])
})

test('The condition says for which generation of the pod it holds', async (t) => {
  const { condition } = await start(t, (fake) => {
    fake.seed(nodes, node('a'))
    fake.seed(pods, pod('p', {}, { cpu: '8' }, { generation: 3 }))
  })
  assert.equal(condition('p')?.observedGeneration, 3)
})

test('A pod whose claim is not there is not tried, and is when it comes', async (t) => {
  const { client, clock, nodeOf, messages, metricsText } = await start(t, (fake) => {
    fake.seed(nodes, node('a'))
    fake.seed(pods, pod('p', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }] }))
  })
  assert.deepEqual(messages(), [])
  assert.match(metricsText(), /scheduler_pending_pods\{queue="gated"\} 1/)
  await client.create(resourceClaims, { metadata: { namespace: 'n', name: 'c' }, spec: { devices: { requests: [] } } } as any)
  await clock.advance(1000)
  assert.equal(nodeOf('p'), 'a')
})

test('A promise that another withdraws gives the room to those who counted with it', async (t) => {
  const { client, clock, nodeOf, condition } = await start(t, (fake) => {
    fake.seed(nodes, node('a'))
    const terminating = { deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['example.com/keep'] }
    fake.seed(pods, pod('old', { nodeName: 'a' }, { cpu: '1' }, terminating))
    fake.seed(pods, { ...pod('important', { priority: 9, preemptionPolicy: 'Never' }, { cpu: '2' }), status: { phase: 'Pending', nominatedNodeName: 'a' } })
    fake.seed(pods, pod('small', { preemptionPolicy: 'Never' }, { cpu: '1' }))
  })
  assert.match(condition('small')?.message ?? '', /1 Insufficient cpu/)
  await client.delete(pods, { namespace: 'n', name: 'important' }, { gracePeriodSeconds: 0 })
  await clock.advance(1000)
  assert.equal(nodeOf('small'), 'a')
})

const gpu = 'example.com/gpu'

function seedGpu(fake: FakeClient): void {
  fake.seed(nodes, node('plugin', { allocatable: { [gpu]: '1' } }), node('devices'))
  fake.seed(deviceClasses, { metadata: { name: 'gpu' }, spec: { extendedResourceName: gpu } })
  fake.seed(resourceSlices, {
    metadata: { name: 's' },
    spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeName: 'devices', devices: [{ name: 'x' }] },
  } as any)
}

test('An extended resource is served by a device plugin where there is one, and by devices of its class elsewhere', async (t) => {
  const { client, clock, nodeOf, condition } = await start(t, (fake) => {
    seedGpu(fake)
    for (const name of ['one', 'two', 'three']) fake.seed(pods, pod(name, {}, { [gpu]: '1' }))
  })
  const placed = ['one', 'two', 'three'].filter((name) => nodeOf(name))
  assert.deepEqual(placed.map(nodeOf).sort(), ['devices', 'plugin'])
  const [claim, ...more] = client.all(resourceClaims)
  const owner = placed.find((name) => nodeOf(name) === 'devices')!
  assert.equal(more.length, 0)
  const { uid } = client.peek(pods, 'n', owner)!.metadata
  assert.deepEqual(claim!.metadata.annotations, { 'resource.kubernetes.io/extended-resource-claim': 'true' })
  assert.deepEqual(claim!.metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Pod', name: owner, uid, controller: true }])
  assert.match(claim!.metadata.name, new RegExp(`^${owner}-extended-resources-`))
  assert.deepEqual(
    claim!.status.allocation?.devices.results?.map(({ request, device }) => [request, device]),
    [['container-0-request-0', 'x']],
  )
  assert.deepEqual(claim!.status.reservedFor, [{ resource: 'pods', name: owner, uid }])
  assert.deepEqual(client.peek(pods, 'n', owner)!.status?.extendedResourceClaimStatus, {
    resourceClaimName: claim!.metadata.name,
    requestMappings: [{ containerName: 'c', resourceName: gpu, requestName: 'container-0-request-0' }],
  })
  const waiting = ['one', 'two', 'three'].find((name) => !nodeOf(name))!
  assert.match(condition(waiting)!.message!, /^0\/2 nodes are available: 1 Insufficient example.com\/gpu, 1 cannot allocate all claims\./)
  await client.update(resourceClaims, { ...claim!, status: {} }, { subresource: 'status' })
  await clock.advance(20_000)
  assert.equal(nodeOf(waiting), 'devices')
})

test('A claim for extended resources is taken away when the pod cannot be bound', async (t) => {
  let fail = true
  const { client, clock, nodeOf } = await start(
    t,
    (fake) => {
      seedGpu(fake)
      fake.seed(pods, pod('p', { nodeSelector: { 'kubernetes.io/hostname': 'devices' } }, { [gpu]: '1' }))
    },
    (client) =>
      intercept(client, {
        before({ verb, resource }) {
          if (fail && verb === 'create' && resource?.plural === 'pods') throw serviceUnavailable('later')
        },
      }),
  )
  assert.equal(nodeOf('p'), undefined)
  assert.equal(client.all(resourceClaims).length, 0)
  fail = false
  await clock.advance(20_000)
  assert.equal(nodeOf('p'), 'devices')
  assert.equal(client.all(resourceClaims).length, 1)
})
