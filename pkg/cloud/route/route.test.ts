import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, nodes } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import type { Route } from '../types.ts'
import { routeController } from './index.ts'

const address = (of: string) => [{ type: 'InternalIP', address: of }]
const node = (name: string, podCIDR?: string) => ({
  metadata: { name, uid: `uid-${name}` },
  spec: podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {},
  status: { addresses: address('192.0.2.1') },
})

function given(t: { after(fn: () => unknown): void }, present: Route[]) {
  const routes = {
    list: async () => present,
    async create(nameHint: string, route: Route) {
      if (route.destinationCidr === '10.244.9.0/24') throw new Error('no room')
      present.push({ ...route, name: nameHint })
    },
    delete: async (route: Route) => void present.splice(present.indexOf(route), 1),
  }
  const it = testControllers(t, { controllers: [routeController({ provider: { name: 'x', routes }, clusterCidrs: ['10.244.0.0/16'] })!] })
  const available = (name: string) => it.client.peek(nodes, undefined, name)?.status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')
  return { ...it, available, paths: () => present.map((each) => `${each.targetNode} ${each.destinationCidr}`).sort() }
}

test("each pod range of a node has a route; what leads nowhere or to nobody goes, what is not the cluster's stays", async (t) => {
  const present: Route[] = [
    { name: 'old', targetNode: 'gone', destinationCidr: '10.244.7.0/24' },
    { name: 'hole', targetNode: 'a', destinationCidr: '10.244.1.0/24', blackhole: true },
    { name: 'moved', targetNode: 'b', destinationCidr: '10.244.2.0/24', targetNodeAddresses: address('192.0.2.99') },
    { name: 'foreign', targetNode: 'gone', destinationCidr: '172.16.0.0/24' },
  ]
  const { client, settled, paths, available } = given(t, present)
  client.seed(nodes, node('a', '10.244.1.0/24'), node('b', '10.244.2.0/24'), node('bare'))
  await settled()
  assert.deepEqual(paths(), ['a 10.244.1.0/24', 'b 10.244.2.0/24', 'gone 172.16.0.0/24'])
  assert.deepEqual([available('a')?.status, available('a')?.reason], ['False', 'RouteCreated'])
  assert.deepEqual([available('bare')?.status, available('bare')?.message], ['True', 'RouteController failed to create a route'])
})

test('a node whose route cannot be made is unavailable and says why; the others have theirs, and changes are taken ten seconds at a time', async (t) => {
  const { client, settled, paths, available, advance } = given(t, [])
  client.seed(nodes, node('a', '10.244.1.0/24'), node('full', '10.244.9.0/24'))
  await settled()
  assert.deepEqual([available('a')?.status, available('full')?.status], ['False', 'True'])
  assert.match(client.all(events)[0]?.message ?? '', /^Could not create route uid-full 10\.244\.9\.0\/24 for node full after 0ms: no room$/)
  client.seed(nodes, node('late', '10.244.3.0/24'))
  await settled()
  assert.equal(available('late'), undefined)
  await advance(10_000)
  await settled()
  assert.deepEqual(paths(), ['a 10.244.1.0/24', 'late 10.244.3.0/24'])
})
