import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, events, nodes, pods, services } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { endpointSliceController } from './index.ts'

const zone = 'topology.kubernetes.io/zone'
const node = (name: string, of: string | undefined, cpu = '4'): any => ({
  metadata: { name, labels: of ? { [zone]: of } : {} },
  status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: 'True' }] },
})
const service = (spec: object, annotations: Record<string, string> = {}): any => ({
  metadata: { namespace: 'n', name: 'web', annotations },
  spec: { selector: { app: 'web' }, clusterIP: '10.96.0.5', ipFamilies: ['IPv4'], ports: [{ port: 80 }], ...spec },
})

function given(t: { after(fn: () => unknown): void }, spec: object, annotations: Record<string, string>, on: readonly string[], nodeList: readonly any[]) {
  const it = testControllers(t, { controllers: [endpointSliceController()] })
  it.client.seed(nodes, ...nodeList)
  it.client.seed(services, service(spec, annotations))
  for (const [at, nodeName] of on.entries()) it.client.seed(pods, podOn(nodeName, at))
  return it
}

const podOn = (nodeName: string, at: number, ready = 'True'): any => ({
  metadata: { namespace: 'n', name: `p${at}`, labels: { app: 'web' } },
  spec: { nodeName, containers: [] },
  status: { phase: 'Running', podIP: `10.244.0.${at + 1}`, podIPs: [{ ip: `10.244.0.${at + 1}` }], conditions: [{ type: 'Ready', status: ready }] },
})

const hintsOf = (slices: readonly EndpointSlice[]): string[] =>
  slices.flatMap(({ endpoints }) =>
    (endpoints ?? []).map(
      ({ zone: own, hints }) =>
        `${own ?? '-'}>${hints?.forZones?.map(({ name }) => name).join() ?? ''}${hints?.forNodes ? `@${hints.forNodes.map(({ name }) => name)}` : ''}`,
    ),
  )

for (const { name, distribution, expected } of [
  { name: 'nothing', distribution: undefined, expected: ['x>', '->'] },
  { name: 'PreferClose', distribution: 'PreferClose', expected: ['x>x', '->'] },
  { name: 'PreferSameZone', distribution: 'PreferSameZone', expected: ['x>x', '->'] },
  { name: 'PreferSameNode', distribution: 'PreferSameNode', expected: ['x>x@a', '->@b'] },
])
  test(`trafficDistribution ${name}: the hints of ready endpoints`, async (t) => {
    const { client, settled } = given(t, distribution ? { trafficDistribution: distribution } : {}, {}, ['a', 'b'], [node('a', 'x'), node('b', undefined)])
    await settled()
    assert.deepEqual(hintsOf(client.all(endpointSlices)), expected)
  })

const auto = { 'service.kubernetes.io/topology-mode': 'Auto' }

for (const { name, on, nodeList, expected, why } of [
  { name: 'equal zones keep their own', on: ['a', 'a', 'b', 'b'], nodeList: [node('a', 'x'), node('b', 'y')], expected: ['x>x', 'x>x', 'y>y', 'y>y'] },
  { name: 'a zone with too many gives', on: ['a', 'a', 'a', 'b'], nodeList: [node('a', 'x'), node('b', 'y')], expected: ['x>y', 'x>x', 'x>x', 'y>y'] },
  {
    name: 'a zone with more processors has more',
    on: ['a', 'a', 'a', 'b', 'b', 'b'],
    nodeList: [node('a', 'x', '2'), node('b', 'y', '4')],
    expected: ['x>y', 'x>x', 'x>x', 'y>y', 'y>y', 'y>y'],
  },
  {
    name: 'fewer endpoints than zones have none',
    on: ['a'],
    nodeList: [node('a', 'x'), node('b', 'y')],
    expected: ['x>'],
    why: 'Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4',
  },
  {
    name: 'one zone is none',
    on: ['a', 'b'],
    nodeList: [node('a', 'x'), node('b', 'x')],
    expected: ['x>', 'x>'],
    why: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
  },
  {
    name: 'a share that cannot be had by whole endpoints has none',
    on: ['a', 'b', 'c'],
    nodeList: [node('a', 'x', '1'), node('b', 'y', '2'), node('c', 'z', '3')],
    expected: ['x>', 'y>', 'z>'],
    why: 'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 3 zones), addressType: IPv4',
  },
])
  test(`topology mode Auto: ${name}`, async (t) => {
    const { client, settled } = given(t, { trafficDistribution: 'PreferClose' }, auto, on, nodeList)
    await settled()
    assert.deepEqual(hintsOf(client.all(endpointSlices)), expected)
    const told = client.all(events).map(({ reason, message }) => `${reason}: ${message}`)
    assert.deepEqual(told, [why ? `TopologyAwareHintsDisabled: ${why}` : 'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4'])
  })

test('hints stay where they are while the shares allow it, follow the nodes, and go with the annotation', async (t) => {
  const { client, settled } = given(t, {}, auto, ['a', 'a', 'b', 'b'], [node('a', 'x'), node('b', 'y')])
  await settled()
  const writes = () => client.actions.filter(({ resource }) => resource === 'endpointslices').length
  const before = writes()
  client.seed(pods, podOn('a', 4, 'False'))
  await settled()
  assert.deepEqual(hintsOf(client.all(endpointSlices)), ['x>x', 'x>x', 'y>y', 'y>y', 'x>'])
  assert.equal(writes(), before + 1)
  await client.delete(nodes, { name: 'b' })
  await settled()
  assert.ok(client.all(events).some(({ message }) => message?.startsWith('Insufficient Node information')))
  await client.patch(services, { namespace: 'n', name: 'web' }, { metadata: { annotations: null } }, { type: 'merge' })
  client.seed(nodes, node('b', 'y'))
  await settled()
  assert.deepEqual(new Set(hintsOf(client.all(endpointSlices)).map((each) => each.slice(2))), new Set(['']))
})
