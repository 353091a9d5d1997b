import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '#api/gen/core/v1.ts'
import { events, nodes, services } from '#api/gen/resources.ts'
import { type ControllerTest, testControllers } from '#runtime/testing.ts'
import { serviceLbController } from './index.ts'

const finalizer = 'service.kubernetes.io/load-balancer-cleanup'

function given(t: { after(fn: () => unknown): void }, loadBalancerRange = '172.30.0.128/29'): ControllerTest {
  return testControllers(t, { controllers: [serviceLbController({ rootCa: '', loadBalancerRange })!] })
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
  assert.ok(reasons(it).includes('DeletedLoadBalancer'))
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
