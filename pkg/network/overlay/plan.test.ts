import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '#api/gen/core/v1.ts'
import { entriesFor, hardwareAddress, peersOf, podMtu } from './plan.ts'

const node = (name: string, address: string, podCIDR?: string) =>
  ({
    metadata: { name },
    spec: podCIDR ? { podCIDR } : {},
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        { type: 'InternalIP', address },
      ],
    },
  }) as unknown as Node

test('a node counts once it has both an address and a range', () => {
  assert.deepEqual(peersOf([node('a', '192.0.2.1', '10.244.0.0/24'), node('b', '192.0.2.2'), node('c', 'fd00::1', '10.244.2.0/24')]), [
    { name: 'a', address: '192.0.2.1', podCidr: '10.244.0.0/24' },
  ])
})

test("a node's hardware address follows from its address and is locally administered", () => {
  assert.equal(hardwareAddress('192.0.2.255'), '0a:6b:c0:00:02:ff')
  assert.equal(Number.parseInt(hardwareAddress('10.0.0.1').slice(0, 2), 16) & 3, 2)
})

const peer = { name: 'b', address: '198.51.100.2', podCidr: '10.244.1.0/24' }

test('over VXLAN a peer is a route, the neighbour it leads to, and where that is', () => {
  assert.deepEqual(entriesFor(peer, 'vxlan'), [
    { kind: 'forwarding', hardware: '0a:6b:c6:33:64:02', address: '198.51.100.2' },
    { kind: 'neighbour', address: '10.244.1.0', hardware: '0a:6b:c6:33:64:02' },
    { kind: 'route', destination: '10.244.1.0/24', arguments: 'via 10.244.1.0 dev k8ts.vx onlink' },
  ])
})

test('on a shared link a peer is one plain route, and packets keep their size', () => {
  assert.deepEqual(entriesFor(peer, 'routes'), [{ kind: 'route', destination: '10.244.1.0/24', arguments: 'via 198.51.100.2' }])
  assert.deepEqual([podMtu(1500, 'vxlan'), podMtu(1500, 'routes'), podMtu(9000, 'vxlan')], [1450, 1500, 8950])
})
