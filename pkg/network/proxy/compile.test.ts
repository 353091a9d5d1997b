import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceSpec } from '#api/gen/core/v1.ts'
import { type TestEndpoint, testService, testSlice } from '../test-objects.ts'
import { compile } from './compile.ts'
import { createMarkIds, localBit } from './marks.ts'

const node = { name: 'here', family: 4 as const, ownAddresses: new Set(['10.96.0.10']) }
const gone = { ready: false, serving: true, terminating: true }

function elementsOf(spec: ServiceSpec, endpoints: readonly TestEndpoint[], view: Parameters<typeof compile>[2] = node) {
  const service = testService('web', { clusterIP: '10.96.0.5', ports: [{ port: 80, protocol: 'TCP' }], ...spec })
  return compile(service, [testSlice('web', { port: 8080 }, endpoints)], view, createMarkIds())
}

const addresses = (elements: ReadonlyMap<string, string>, set = 1) =>
  [...elements].filter(([key]) => key.startsWith(`pick ${set} `)).map(([, mark]) => elements.get(`endpoint ${mark}`))

test('a cluster address leads to every ready endpoint', () => {
  const { elements } = elementsOf({}, [{ address: '10.244.0.2' }, { address: '10.244.1.2' }, { address: '10.244.1.3', conditions: { ready: false } }])
  assert.equal(elements.get('cluster-ips 10.96.0.5 . tcp . 80'), '1')
  assert.equal(elements.get('dispatch 1'), 'goto any-of-2')
  assert.deepEqual(addresses(elements), ['10.244.0.2 . 8080', '10.244.1.2 . 8080'])
})

test('headless, ExternalName and the node own addresses yield nothing', () => {
  for (const spec of [{ clusterIP: 'None' }, { type: 'ExternalName', clusterIP: '' }, { clusterIP: '10.96.0.10' }])
    assert.equal(elementsOf(spec, [{ address: '10.244.0.2' }]).elements.size, 0)
})

test('without endpoints traffic is refused', () => {
  assert.equal(elementsOf({}, []).elements.get('dispatch 1'), 'goto reject-it')
})

test('terminating endpoints that serve are used only when none is ready', () => {
  const last = elementsOf({}, [{ address: '10.244.0.2', conditions: gone }])
  assert.deepEqual(addresses(last.elements), ['10.244.0.2 . 8080'])
  const both = elementsOf({}, [{ address: '10.244.0.2', conditions: gone }, { address: '10.244.0.3' }])
  assert.deepEqual(addresses(both.elements), ['10.244.0.3 . 8080'])
})

test('internalTrafficPolicy Local uses the endpoints of the node, and is silent when all are elsewhere', () => {
  const { elements } = elementsOf({ internalTrafficPolicy: 'Local' }, [
    { address: '10.244.0.2', nodeName: 'here' },
    { address: '10.244.1.2', nodeName: 'there' },
  ])
  const set = 1 | localBit
  assert.equal(elements.get('cluster-ips 10.96.0.5 . tcp . 80'), String(set))
  assert.deepEqual(addresses(elements, set), ['10.244.0.2 . 8080'])
  const elsewhere = elementsOf({ internalTrafficPolicy: 'Local' }, [{ address: '10.244.1.2', nodeName: 'there' }])
  assert.equal(elsewhere.elements.get(`dispatch ${set}`), 'goto drop-it')
})

test('externalTrafficPolicy Local keeps the cluster address cluster-wide and counts the local endpoints for load balancers', () => {
  const { elements, health } = elementsOf(
    {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 30999,
      ports: [{ port: 80, nodePort: 30080 }],
    },
    [{ address: '10.244.0.2', nodeName: 'here' }, { address: '10.244.1.2' }],
  )
  assert.equal(elements.get('cluster-ips 10.96.0.5 . tcp . 80'), '1')
  assert.equal(elements.get('node-ports tcp . 30080'), String(1 | localBit))
  assert.deepEqual(health, { port: 30999, namespace: 'default', name: 'web', localEndpoints: 1 })
})

test('endpoints that terminate serve the last of the traffic, but load balancers are told that none is left', () => {
  const { elements, health } = elementsOf(
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30999, ports: [{ port: 80, nodePort: 30080 }] },
    [{ address: '10.244.0.2', nodeName: 'here', conditions: gone }],
  )
  assert.deepEqual(addresses(elements, 1 | localBit), ['10.244.0.2 . 8080'])
  assert.equal(health?.localEndpoints, 0)
})

test('session affinity goes to chains with its timeout, and an endpoint keeps its place when others come and go', () => {
  const ids = createMarkIds()
  const service = testService('web', {
    clusterIP: '10.96.0.5',
    ports: [{ port: 80 }],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  })
  const placesOf = (list: readonly string[]) => {
    const slice = testSlice(
      'web',
      { port: 8080 },
      list.map((address) => ({ address })),
    )
    const { elements } = compile(service, [slice], node, ids)
    assert.equal(elements.get('dispatch 1'), `goto any-of-${list.length}-for-60s`)
    return new Map([...elements].filter(([key]) => key.startsWith('endpoint ')).map(([key, value]) => [value, key]))
  }
  const before = placesOf(['10.244.0.2', '10.244.0.3', '10.244.0.4'])
  const after = placesOf(['10.244.0.1', '10.244.0.4'])
  assert.equal(after.get('10.244.0.4 . 8080'), before.get('10.244.0.4 . 8080'))
})

test('load balancer and external addresses are served; source ranges within others are left out', () => {
  const service = testService('web', {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.5',
    externalIPs: ['192.0.2.9'],
    loadBalancerSourceRanges: ['198.51.100.0/24', '198.51.100.7/32'],
    ports: [{ port: 80 }],
  })
  service.status = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }, { ip: '192.0.2.11', ipMode: 'Proxy' }] } }
  const { elements } = compile(service, [], node, createMarkIds())
  const keys = [...elements.keys()].filter((key) => /^(external-ips|guarded|allowed) /.test(key))
  assert.deepEqual(keys, [
    'external-ips 192.0.2.9 . tcp . 80',
    'external-ips 192.0.2.10 . tcp . 80',
    'guarded 192.0.2.10 . tcp . 80',
    'allowed 192.0.2.10 . tcp . 80 . 198.51.100.0/24',
  ])
})

test('zone hints narrow the endpoints only when all have them and one is near', () => {
  const hinted = (address: string, zone: string): TestEndpoint => ({ address, hints: { forZones: [{ name: zone }] } })
  const inZone = { ...node, zone: 'a' }
  assert.deepEqual(addresses(elementsOf({}, [hinted('10.244.0.2', 'a'), hinted('10.244.1.2', 'b')], inZone).elements), ['10.244.0.2 . 8080'])
  assert.equal(addresses(elementsOf({}, [hinted('10.244.0.2', 'a'), { address: '10.244.1.2' }], inZone).elements).length, 2)
})

test('of a dual-stack Service each family has its own addresses and endpoints, and of the other nothing', () => {
  const service = testService('web', {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.5',
    clusterIPs: ['10.96.0.5', 'fd00:10:96::5'],
    externalIPs: ['192.0.2.9', '2001:DB8:0::9'],
    loadBalancerSourceRanges: ['198.51.100.0/24', '2001:db8:1::/64', '2001:db8:1::7/128'],
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 30999,
    ports: [{ port: 80, nodePort: 30080 }],
  })
  service.status = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }, { ip: '2001:db8::10' }] } }
  const four = testSlice('web', { port: 8080 }, [{ address: '10.244.0.2', nodeName: 'here' }])
  const six = { ...testSlice('web', { port: 8080 }, [{ address: 'fd00:10:244:0::2', nodeName: 'here' }]), addressType: 'IPv6' }
  const of = (family: 4 | 6) => compile(service, [four, six], { ...node, family }, createMarkIds())
  const keys = (family: 4 | 6) => [...of(family).elements.keys()].filter((key) => /^(cluster-ips|external-ips|guarded|allowed) /.test(key))
  assert.deepEqual(keys(6), [
    'cluster-ips fd00:10:96::5 . tcp . 80',
    'external-ips 2001:db8::9 . tcp . 80',
    'external-ips 2001:db8::10 . tcp . 80',
    'guarded 2001:db8::10 . tcp . 80',
    'allowed 2001:db8::10 . tcp . 80 . 2001:db8:1::/64',
  ])
  assert.deepEqual(addresses(of(6).elements), ['fd00:10:244::2 . 8080'])
  assert.deepEqual(addresses(of(4).elements), ['10.244.0.2 . 8080'])
  assert.ok(keys(4).every((key) => !key.includes(':')))
  assert.equal(of(6).health?.localEndpoints, 1)
})
