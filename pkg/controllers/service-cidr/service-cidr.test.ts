import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipAddresses, serviceCIDRs } from '#api/gen/resources.ts'
import { type ControllerTest, testControllers } from '#runtime/testing.ts'
import { serviceCidrController } from './index.ts'

const given = (t: { after(fn: () => unknown): void }): ControllerTest => testControllers(t, { controllers: [serviceCidrController()] })
const cidr = (name: string, ...cidrs: string[]): any => ({ metadata: { name }, spec: { cidrs } })
const address = (name: string): any => ({
  metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io', 'ipaddress.kubernetes.io/ip-family': 'IPv4' } },
  spec: { parentRef: { resource: 'services', namespace: 'n', name: 's' } },
})
const ready = ({ client }: ControllerTest, name: string) => client.peek(serviceCIDRs, '', name)?.status?.conditions?.[0]

test('a range becomes ready and is held', async (t) => {
  const it = given(t)
  it.client.seed(serviceCIDRs, cidr('more', '10.97.0.0/24'))
  await it.settled()
  const { status, message, reason } = ready(it, 'more')!
  assert.deepEqual({ status, message, reason }, { status: 'True', message: 'Kubernetes Service CIDR is ready', reason: '' })
  assert.deepEqual(it.client.peek(serviceCIDRs, '', 'more')?.metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer'])
})

test('a deleted range stays while it has addresses, and ten seconds more', async (t) => {
  const it = given(t)
  it.client.seed(serviceCIDRs, cidr('more', '10.97.0.0/24'))
  it.client.seed(ipAddresses, address('10.97.0.7'))
  await it.settled()
  await it.client.delete(serviceCIDRs, { name: 'more' })
  await it.settled()
  assert.deepEqual([ready(it, 'more')?.status, ready(it, 'more')?.reason], ['False', 'Terminating'])
  await it.client.delete(ipAddresses, { name: '10.97.0.7' })
  await it.settled()
  assert.ok(it.client.peek(serviceCIDRs, '', 'more'), 'servers may not know yet')
  await it.advance(10_000)
  await it.settled()
  assert.equal(it.client.peek(serviceCIDRs, '', 'more'), undefined)
})

test('a deleted range whose addresses another holds goes; one that only holds a part of them stays', async (t) => {
  const it = given(t)
  it.client.seed(serviceCIDRs, cidr('small', '10.97.0.0/24'), cidr('large', '10.97.0.0/16'))
  it.client.seed(ipAddresses, address('10.97.0.7'), address('10.97.9.9'))
  await it.settled()
  await it.client.delete(serviceCIDRs, { name: 'large' })
  await it.client.delete(serviceCIDRs, { name: 'small' })
  await it.advance(20_000)
  await it.settled()
  assert.equal(it.client.peek(serviceCIDRs, '', 'small'), undefined)
  assert.equal(ready(it, 'large')?.status, 'False')
})
