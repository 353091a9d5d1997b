import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '#api/gen/core/v1.ts'
import { events, nodes, services } from '#api/gen/resources.ts'
import { type ControllerTest, testControllers } from '#runtime/testing.ts'
import { localCloud } from '../local/index.ts'
import { type LoadBalancers, RetryLaterError } from '../types.ts'
import { serviceController } from './index.ts'

const finalizer = 'service.kubernetes.io/load-balancer-cleanup'

function given(t: { after(fn: () => unknown): void }, loadBalancerRanges = ['172.30.0.128/29']): ControllerTest {
  return testControllers(t, { controllers: [serviceController({ provider: localCloud({ clusterName: 'c', loadBalancerRanges }) })!] })
}

const service = (name: string, spec: object = {}) => ({ metadata: { namespace: 'n', name }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec } })

function addressOf(test: ControllerTest, name: string): string | undefined {
  return test.client.peek(services, 'n', name)?.status?.loadBalancer?.ingress?.[0]?.ip
}

function reasons({ client }: ControllerTest): (string | undefined)[] {
  return client.all(events).map((each) => each.reason)
}

test('each Service has an address of its own, and equal ports do not matter', async (t) => {
  const it = given(t)
  it.client.seed(nodes, { metadata: { name: 'x' }, status: { addresses: [{ type: 'InternalIP', address: '172.30.0.129' }] } })
  it.client.seed(services, service('a'), service('b'), service('other', { loadBalancerClass: 'example.com/lb' }), service('plain', { type: 'ClusterIP' }))
  await it.settled()
  const found = [addressOf(it, 'a'), addressOf(it, 'b')]
  assert.deepEqual(found.sort(), ['172.30.0.128', '172.30.0.130'], 'the node has .129')
  assert.equal(addressOf(it, 'other'), undefined)
  assert.deepEqual(it.client.peek(services, 'n', 'a')!.metadata.finalizers, [finalizer])
  assert.deepEqual(reasons(it).sort(), ['EnsuredLoadBalancer', 'EnsuredLoadBalancer', 'EnsuringLoadBalancer', 'EnsuringLoadBalancer'])
})

test('a Service that changes its type or goes gives its address back', async (t) => {
  const it = given(t)
  it.client.seed(services, service('a', { loadBalancerIP: '172.30.0.130' }))
  await it.settled()
  assert.equal(addressOf(it, 'a'), '172.30.0.130')
  await it.client.patch(services, { namespace: 'n', name: 'a' }, { spec: { type: 'ClusterIP' } }, { type: 'merge' })
  await it.settled()
  assert.equal(addressOf(it, 'a'), undefined)
  assert.deepEqual(it.client.peek(services, 'n', 'a')!.metadata.finalizers ?? [], [])
  it.client.seed(services, service('b', { loadBalancerIP: '172.30.0.130' }))
  await it.settled()
  assert.equal(addressOf(it, 'b'), '172.30.0.130')
  await it.client.delete(services, { namespace: 'n', name: 'b' })
  await it.settled()
  assert.equal(it.client.peek(services, 'n', 'b'), undefined)
  assert.equal(reasons(it).filter((each) => each === 'DeletedLoadBalancer').length, 2)
})

test('a Service has an address of each family that it has, and gives one back with its family', async (t) => {
  const it = given(t, ['172.30.0.128/29', 'fd00:172:30::1:0/112'])
  const both = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }
  const addresses = (name: string) => it.client.peek(services, 'n', name)?.status?.loadBalancer?.ingress?.map(({ ip }) => ip)
  it.client.seed(services, service('four'), service('six', { ipFamilies: ['IPv6'] }), service('both', { ...both, loadBalancerIP: '172.30.0.130' }))
  await it.settled()
  assert.deepEqual(addresses('four')?.length, 1)
  assert.match(addresses('four')![0]!, /^172\.30\.0\./)
  assert.equal(addresses('six')?.length, 1)
  assert.match(addresses('six')![0]!, /^fd00:172:30::1:/)
  assert.equal(addresses('both')?.[0], '172.30.0.130')
  assert.match(addresses('both')![1]!, /^fd00:172:30::1:/)
  const given6 = addresses('both')![1]!
  await it.client.patch(services, { namespace: 'n', name: 'both' }, { spec: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } }, { type: 'merge' })
  await it.settled()
  assert.deepEqual(addresses('both'), ['172.30.0.130'])
  it.client.seed(services, service('next', { ipFamilies: ['IPv6'], loadBalancerIP: given6 }))
  await it.settled()
  assert.deepEqual(addresses('next'), [given6])
})

test('an address that another has is refused with an event', async (t) => {
  const it = given(t)
  it.client.seed(services, service('a', { loadBalancerIP: '172.30.0.131' }))
  await it.settled()
  it.client.seed(services, service('b', { loadBalancerIP: '172.30.0.131' }))
  await it.settled()
  assert.equal(addressOf(it, 'b'), undefined)
  assert.ok(it.client.all(events).some(({ reason, message }) => reason === 'SyncLoadBalancerFailed' && message?.includes('in use by Service n/a')))
})

test('addresses outlive a restart of the controller', async (t) => {
  const it = given(t)
  const held = { ...service('held'), status: { loadBalancer: { ingress: [{ ip: '172.30.0.128' }] } } } as unknown as Service
  it.client.seed(services, held, service('fresh'))
  await it.settled()
  assert.deepEqual([addressOf(it, 'held'), addressOf(it, 'fresh')], ['172.30.0.128', '172.30.0.129'])
})

/** A cloud that notes what it is asked; `fails` may throw. */
function recorded(fails: (verb: string, service: Service) => void = () => {}) {
  const asked: string[] = []
  const there = new Set<string>()
  const note = (verb: string, service: Service, nodes: readonly { metadata: { name: string } }[] = []) => {
    asked.push([verb, service.metadata.name, ...nodes.map(({ metadata }) => metadata.name)].join(' '))
    fails(verb, service)
  }
  const loadBalancers: LoadBalancers = {
    get: async ({ metadata }) => (there.has(metadata.name) ? { ingress: [{ ip: '192.0.2.1' }] } : undefined),
    async ensure(service, nodes) {
      note('ensure', service, nodes)
      there.add(service.metadata.name)
      return { ingress: [{ ip: '192.0.2.1' }] }
    },
    update: async (service, nodes) => note('update', service, nodes),
    async ensureDeleted(service) {
      note('delete', service)
      there.delete(service.metadata.name)
    },
  }
  return { asked, loadBalancers }
}

const node = (name: string, more: object = {}) => ({ metadata: { name, ...more } })

test('the nodes behind a load balancer are those that are not excluded; it is told when they change, and of nothing else', async (t) => {
  const { asked, loadBalancers } = recorded()
  const it = testControllers(t, { controllers: [serviceController({ provider: { name: 'x', loadBalancers } })!] })
  const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers'
  it.client.seed(nodes, node('a'), node('b', { labels: { [exclude]: '' } }), node('c', { labels: { [exclude]: 'false' } }))
  it.client.seed(services, service('web'))
  await it.settled()
  assert.deepEqual(asked, ['ensure web a c'])
  await it.client.patch(nodes, { name: 'a' }, { metadata: { labels: { other: 'x' } } }, { type: 'merge' })
  await it.client.patch(services, { namespace: 'n', name: 'web' }, { metadata: { labels: { other: 'x' } }, spec: { selector: { a: 'b' } } }, { type: 'merge' })
  await it.settled()
  assert.deepEqual(asked, ['ensure web a c'])
  await it.client.patch(nodes, { name: 'b' }, { metadata: { labels: { [exclude]: null } } }, { type: 'merge' })
  await it.settled()
  assert.deepEqual(asked.splice(1), ['update web a b c'])
  assert.ok(reasons(it).includes('UpdatedLoadBalancer'))
  for (const name of ['a', 'b', 'c']) await it.client.delete(nodes, { name })
  await it.settled()
  assert.equal(asked.at(-1), 'update web')
  assert.ok(reasons(it).includes('UnAvailableLoadBalancer'))
})

const changes: [string, object, boolean][] = [
  ['ports', { ports: [{ port: 81 }] }, true],
  ['source ranges', { loadBalancerSourceRanges: ['192.0.2.0/24'] }, true],
  ['session affinity', { sessionAffinity: 'ClientIP' }, true],
  ['external addresses', { externalIPs: ['192.0.2.9'] }, true],
  ['external traffic policy', { externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 }, true],
  ['internal traffic policy', { internalTrafficPolicy: 'Local' }, false],
  ['selector', { selector: { app: 'x' } }, false],
]

for (const [what, spec, asks] of changes)
  test(`a change of ${what} ${asks ? 'is' : 'is not'} the cloud's business`, async (t) => {
    const { asked, loadBalancers } = recorded()
    const it = testControllers(t, { controllers: [serviceController({ provider: { name: 'x', loadBalancers } })!] })
    it.client.seed(services, service('web'))
    await it.settled()
    await it.client.patch(services, { namespace: 'n', name: 'web' }, { spec }, { type: 'merge' })
    await it.settled()
    assert.equal(asked.length, asks ? 2 : 1)
  })

test('what a cloud cannot do yet is told and asked again when it said; a Service goes only when its load balancer has gone', async (t) => {
  let done = false
  const { asked, loadBalancers } = recorded((verb) => {
    if (verb === 'ensure' && !done) throw new RetryLaterError('still building', 60_000)
    if (verb === 'delete' && !done) throw new Error('still there')
  })
  const it = testControllers(t, { controllers: [serviceController({ provider: { name: 'x', loadBalancers } })!] })
  it.client.seed(services, service('web'))
  await it.settled()
  const told = () => it.client.all(events).find(({ reason }) => reason === 'SyncLoadBalancerFailed')?.message
  assert.equal(told(), 'Error syncing load balancer: failed to ensure load balancer: still building')
  await it.advance(50_000)
  assert.equal(asked.length, 1)
  done = true
  await it.advance(11_000)
  await it.settled()
  assert.equal(addressOf(it, 'web'), '192.0.2.1')
  done = false
  await it.client.delete(services, { namespace: 'n', name: 'web' })
  await it.settled()
  assert.ok(it.client.peek(services, 'n', 'web')?.metadata.deletionTimestamp, 'held by the finalizer')
  done = true
  await it.advance(400_000)
  await it.settled()
  assert.equal(it.client.peek(services, 'n', 'web'), undefined)
})
