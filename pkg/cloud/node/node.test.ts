import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '#api/gen/core/v1.ts'
import { events, nodes } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import type { InstanceMetadata } from '../types.ts'
import { nodeAddresses } from './addresses.ts'
import { cloudNodeController } from './index.ts'

const taint = { key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' }
const other = { key: 'mine', effect: 'NoExecute' }
const found: InstanceMetadata = {
  providerId: 'x://one',
  addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
  instanceType: 'large',
  zone: 'z1',
  region: 'r1',
  additionalLabels: { 'example.com/rack': '7', 'kubernetes.io/hostname': 'no', mine: 'no' },
}

function given(t: { after(fn: () => unknown): void }, metadata: () => InstanceMetadata | undefined, node: object = {}) {
  const provider = { name: 'x', instances: { exists: async () => true, isShutDown: async () => false, metadata: async () => metadata() } }
  const it = testControllers(t, { controllers: [cloudNodeController({ provider })!] })
  const hostname = { type: 'Hostname', address: 'one' }
  it.client.seed(nodes, { metadata: { name: 'one', labels: { mine: 'yes' } }, spec: { taints: [taint, other] }, status: { addresses: [hostname] }, ...node })
  return { ...it, one: () => it.client.peek(nodes, undefined, 'one')! }
}

test('a new node gets provider id, addresses and labels, and loses the taint', async (t) => {
  const { one, settled, client } = given(t, () => found)
  await settled()
  const { metadata, spec, status } = one()
  assert.equal(spec?.providerID, 'x://one')
  assert.deepEqual(spec?.taints, [other])
  assert.deepEqual(status?.addresses, [...found.addresses, { type: 'Hostname', address: 'one' }])
  assert.deepEqual(metadata.labels, {
    mine: 'yes',
    'beta.kubernetes.io/instance-type': 'large',
    'node.kubernetes.io/instance-type': 'large',
    'failure-domain.beta.kubernetes.io/zone': 'z1',
    'topology.kubernetes.io/zone': 'z1',
    'failure-domain.beta.kubernetes.io/region': 'r1',
    'topology.kubernetes.io/region': 'r1',
    'example.com/rack': '7',
  })
  assert.deepEqual(
    client.all(events).map(({ reason, message, source }) => [reason, message, source?.component]),
    [['Synced', 'Node synced successfully', 'cloud-node-controller']],
  )
})

test('a node that the cloud does not know stays uninitialized; so does one that would have no provider id', async (t) => {
  let answer: InstanceMetadata | undefined
  const { one, settled, advance } = given(t, () => answer)
  await settled()
  assert.deepEqual(one().spec?.taints, [taint, other])
  answer = { addresses: [] }
  await advance(5 * 60_000)
  assert.deepEqual(one().spec?.taints, [taint, other])
  answer = found
  await advance(30 * 60_000)
  assert.deepEqual(one().spec?.taints, [other])
})

test('an initialized node keeps its labels; its addresses follow the cloud, its newer labels the older ones', async (t) => {
  let address = '192.0.2.1'
  const labels = { 'failure-domain.beta.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/zone': 'z2' }
  const { one, settled, advance } = given(t, () => ({ ...found, addresses: [{ type: 'InternalIP', address }] }), {
    metadata: { name: 'one', labels },
    spec: {},
  })
  await settled()
  assert.deepEqual(one().metadata.labels, { ...labels, 'topology.kubernetes.io/zone': 'z1' })
  address = '192.0.2.2'
  await advance(5 * 60_000)
  assert.equal(one().status?.addresses?.[0]?.address, '192.0.2.2')
})

test('an address that the kubelet was given comes first and alone of its type; one that the cloud does not have is an error', () => {
  const internal = (address: string) => ({ type: 'InternalIP', address })
  const node = (ip: string) => ({ metadata: { name: 'n', annotations: { 'alpha.kubernetes.io/provided-node-ip': ip } } }) as unknown as Node
  const ofCloud = [internal('10.0.0.1'), internal('10.0.0.2'), { type: 'ExternalIP', address: '192.0.2.1' }]
  assert.deepEqual(nodeAddresses(node('10.0.0.2'), ofCloud), [internal('10.0.0.2'), ofCloud[2]])
  assert.throws(() => nodeAddresses(node('10.0.0.9'), ofCloud), /failed to get node address from cloud provider that matches ip: 10.0.0.9/)
})
