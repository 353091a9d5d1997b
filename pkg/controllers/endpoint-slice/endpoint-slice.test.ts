import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints, nodes, pods, services } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { endpointsController } from '../endpoints/index.ts'
import { endpointSliceController } from './index.ts'

const service = (spec: object = {}) => ({
  metadata: { namespace: 'n', name: 'web', uid: 'svc', labels: { team: 'a' } },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.5',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    ...spec,
  },
})
const pod = (name: string, ip: string, { ready = true, terminating = false, port = 8080, spec = {} }: any = {}) => ({
  metadata: {
    namespace: 'n',
    name,
    uid: `uid-${name}`,
    labels: { app: 'web' },
    ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } : {}),
  },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }], ...spec },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

function start(t: { after(fn: () => unknown): void }) {
  const run = testControllers(t, { controllers: [endpointSliceController(), endpointsController()] })
  run.client.seed(nodes, { metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'z' } } })
  return run
}

test('Pods become endpoints with their conditions, named ports and zone, in a labelled and owned slice', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service())
  client.seed(pods, pod('a', '10.244.0.2'), pod('b', '10.244.0.3', { ready: false }), pod('c', '10.244.0.4', { terminating: true }))
  await settled()
  const [slice, ...more] = client.all(endpointSlices)
  assert.equal(more.length, 0)
  assert.deepEqual(slice?.metadata.labels, {
    team: 'a',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  })
  assert.equal(slice?.metadata.ownerReferences?.[0]?.uid, 'svc')
  assert.deepEqual(slice?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
  assert.deepEqual(
    slice?.endpoints?.map(({ addresses, conditions, zone }) => [addresses[0], conditions.ready, conditions.serving, conditions.terminating, zone]),
    [
      ['10.244.0.2', true, true, false, 'z'],
      ['10.244.0.3', false, false, false, 'z'],
      ['10.244.0.4', false, true, true, 'z'],
    ],
  )
  const object = client.peek(endpoints, 'n', 'web')!
  assert.deepEqual(
    object.subsets?.map(({ addresses, notReadyAddresses, ports }) => [addresses?.map(({ ip }) => ip), notReadyAddresses?.map(({ ip }) => ip), ports]),
    [[['10.244.0.2'], ['10.244.0.3'], [{ name: 'http', port: 8080, protocol: 'TCP' }]]],
  )
})

test('A pod that turns ready changes its endpoint in place; one that goes leaves an empty placeholder', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service())
  client.seed(pods, pod('a', '10.244.0.2', { ready: false }))
  await settled()
  const name = client.all(endpointSlices)[0]!.metadata.name
  const current = await client.get(pods, { namespace: 'n', name: 'a' })
  await client.update(pods, { ...current, status: pod('a', '10.244.0.2').status as any }, { subresource: 'status' })
  await settled()
  assert.equal(client.peek(endpointSlices, 'n', name)?.endpoints?.[0]?.conditions.ready, true)
  await client.delete(pods, { namespace: 'n', name: 'a' }, { gracePeriodSeconds: 0 })
  await settled()
  const [placeholder, ...more] = client.all(endpointSlices)
  assert.equal(more.length, 0)
  assert.deepEqual([placeholder?.endpoints, placeholder?.ports], [[], []])
  assert.deepEqual(client.peek(endpoints, 'n', 'web')?.subsets, [])
})

test('More than a hundred pods take more slices, and a new one touches only one of them', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service())
  client.seed(pods, ...Array.from({ length: 250 }, (_, index) => pod(`p${index}`, `10.244.1.${index}`)))
  await settled()
  assert.deepEqual(
    client
      .all(endpointSlices)
      .map(({ endpoints: list }) => list?.length ?? 0)
      .sort(),
    [100, 100, 50],
  )
  const writes = client.actions.length
  await client.create(pods, pod('new', '10.244.2.1'))
  await settled()
  const touched = client.actions.slice(writes).filter(({ resource }) => resource === 'endpointslices')
  assert.equal(touched.length, 1)
})

test('A headless Service is marked, shows host names, and publishes the unready when told to', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service({ clusterIP: 'None', ports: undefined, publishNotReadyAddresses: true }))
  client.seed(pods, pod('a', '10.244.0.2', { ready: false, spec: { hostname: 'a', subdomain: 'web' } }))
  await settled()
  const [slice] = client.all(endpointSlices)
  assert.equal(slice?.metadata.labels?.['service.kubernetes.io/headless'], '')
  assert.equal(slice?.endpoints?.[0]?.hostname, 'a')
  assert.equal(slice?.endpoints[0]?.conditions.ready, true)
  assert.equal(client.peek(endpoints, 'n', 'web')?.subsets?.[0]?.addresses?.[0]?.hostname, 'a')
})

test('Pods whose named port has another number stand in a slice of their own', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service())
  client.seed(pods, pod('a', '10.244.0.2'), pod('b', '10.244.0.3', { port: 9090 }))
  await settled()
  assert.deepEqual(
    client
      .all(endpointSlices)
      .map(({ ports }) => ports?.[0]?.port)
      .sort(),
    [8080, 9090],
  )
  assert.equal(client.peek(endpoints, 'n', 'web')?.subsets?.length, 2)
})

test('A Service without a selector is left to whoever wrote its endpoints', async (t) => {
  const { client, settled } = start(t)
  client.seed(services, service({ selector: undefined }))
  await settled()
  assert.equal(client.all(endpointSlices).length + client.all(endpoints).length, 0)
})

test('With a batch period the changes of pods are written once, and slices are as full as they may be', async (t) => {
  const settings = { endpoints: { batchMs: 2_000, sliceBatchMs: 2_000, perSlice: 2 } }
  const { client, settled, advance } = testControllers(t, { controllers: [endpointSliceController(settings), endpointsController(settings)] })
  client.seed(nodes, { metadata: { name: 'node-1' } })
  client.seed(services, service())
  await settled()
  const before = client.actions.length
  for (const name of ['a', 'b', 'c']) {
    client.seed(pods, pod(name, `10.244.0.${name.charCodeAt(0)}`))
    await advance(500)
  }
  const counts = () => client.all(endpointSlices).map((slice) => slice.endpoints?.length ?? 0)
  assert.deepEqual(counts(), [0], 'not yet')
  await advance(3_000)
  await settled()
  assert.deepEqual(counts().sort(), [1, 2])
  assert.equal(client.peek(endpoints, 'n', 'web')?.subsets?.[0]?.addresses?.length, 3)
  assert.equal(client.actions.slice(before).filter(({ resource }) => resource === endpoints.plural).length, 1, 'Endpoints are written once')
})
