import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, events, nodes, services } from '#api/gen/resources.ts'
import { type ControllerTest, testControllers } from '#runtime/testing.ts'
import { nodeLoadBalancerController } from './index.ts'

const takenPorts = new Map([['TCP 80', 'the ingress of the nodes']])

function given(t: { after(fn: () => unknown): void }): ControllerTest {
  const it = testControllers(t, { controllers: [nodeLoadBalancerController({ takenPorts })] })
  it.client.seed(nodes, node('a', '192.0.2.1'), node('b', '192.0.2.2'), node('c', '192.0.2.3'))
  return it
}

const node = (name: string, address: string, ready = 'True', labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  status: { conditions: [{ type: 'Ready', status: ready }], addresses: [{ type: 'InternalIP', address }] },
})
let serial = 0
const service = (name: string, port: number, spec: object = {}) => ({
  metadata: { namespace: 'n', name, uid: name, creationTimestamp: new Date(++serial * 1000).toISOString() },
  spec: { type: 'LoadBalancer', ports: [{ port, protocol: 'TCP' }], ...spec },
})
const addresses = ({ client }: ControllerTest, name: string) => client.peek(services, 'n', name)?.status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? []

test('a Service answers at every ready node’s address, and follows when a node is lost, comes back, or is excluded', async (t) => {
  const it = given(t)
  it.client.seed(services, service('web', 8080), service('other', 8080, { loadBalancerClass: 'example.com/lb' }))
  await it.settled()
  assert.deepEqual(addresses(it, 'web'), ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  assert.deepEqual(addresses(it, 'other'), [])
  const ready = (name: string, status: string) =>
    it.client.patch(nodes, { name }, { status: { conditions: [{ type: 'Ready', status }] } }, { type: 'merge', subresource: 'status' })
  await ready('b', 'Unknown')
  await it.settled()
  assert.deepEqual(addresses(it, 'web'), ['192.0.2.1', '192.0.2.3'])
  await ready('b', 'True')
  await it.client.patch(nodes, { name: 'a' }, { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } }, { type: 'merge' })
  await it.settled()
  assert.deepEqual(addresses(it, 'web'), ['192.0.2.2', '192.0.2.3'])
  await it.client.patch(services, { namespace: 'n', name: 'web' }, { spec: { type: 'ClusterIP' } }, { type: 'merge' })
  await it.settled()
  assert.deepEqual(addresses(it, 'web'), [])
})

test('of policy Local the nodes with an endpoint answer, and of a wanted address the node that has it', async (t) => {
  const it = given(t)
  it.client.seed(services, service('local', 8081, { externalTrafficPolicy: 'Local' }), service('one', 8082, { loadBalancerIP: '192.0.2.3' }))
  await it.settled()
  assert.deepEqual([addresses(it, 'local'), addresses(it, 'one')], [[], ['192.0.2.3']])
  it.client.seed(endpointSlices, {
    metadata: { namespace: 'n', name: 'local-1', labels: { 'kubernetes.io/service-name': 'local' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.1'], conditions: { ready: true }, nodeName: 'b' }],
    ports: [],
  })
  await it.settled()
  assert.deepEqual(addresses(it, 'local'), ['192.0.2.2'])
})

test('ports that are taken on the nodes are refused with an event; of two Services the elder has one, the other when it goes', async (t) => {
  const it = given(t)
  it.client.seed(
    services,
    service('ingress', 80),
    service('first', 9000),
    service('second', 9000),
    service('udp', 9000, { ports: [{ port: 9000, protocol: 'UDP' }] }),
  )
  await it.settled()
  assert.deepEqual(
    ['ingress', 'first', 'second', 'udp'].map((name) => addresses(it, name).length),
    [0, 3, 0, 3],
  )
  const told = it.client.all(events).flatMap(({ reason, message }) => (reason === 'SyncLoadBalancerFailed' ? [message] : []))
  assert.deepEqual(told.sort(), [
    'Error syncing load balancer: port 80/TCP of the nodes is in use by the ingress of the nodes',
    'Error syncing load balancer: port 9000/TCP of the nodes is in use by Service n/first',
  ])
  await it.client.delete(services, { namespace: 'n', name: 'first' })
  await it.settled()
  assert.equal(addresses(it, 'second').length, 3)
})
