import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints, services } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { endpointSliceMirroringController } from './index.ts'

const key = { namespace: 'n', name: 's' }
const object = (more: any = {}) => ({
  metadata: { ...key, labels: { a: 'b' }, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }, ...more },
  subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], notReadyAddresses: [{ ip: '10.0.0.2' }], ports: [{ name: 'p', port: 80, protocol: 'TCP' }] }],
})

test('Endpoints of a Service without selector are mirrored, followed and taken away', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [endpointSliceMirroringController()] })
  client.seed(services, { metadata: key, spec: { ports: [{ port: 80 }] } })
  client.seed(endpoints, object())
  await settled()
  const slices = () =>
    client
      .all(endpointSlices)
      .map(({ addressType, endpoints: all }) => [addressType, ...all.map(({ addresses, conditions }) => `${addresses[0]} ${conditions.ready}`)])
  assert.deepEqual(slices(), [
    ['IPv4', '10.0.0.1 true', '10.0.0.2 false'],
    ['IPv6', 'fd00::1 true'],
  ])
  const { metadata, ports } = client.all(endpointSlices)[0]!
  assert.deepEqual(metadata.labels, {
    a: 'b',
    'kubernetes.io/service-name': 's',
    'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
  })
  assert.deepEqual([ports?.[0]?.port, metadata.annotations, metadata.ownerReferences?.[0]?.kind], [80, {}, 'Endpoints'])
  await client.patch(endpoints, key, { subsets: [{ addresses: [{ ip: '10.0.0.3' }], ports: [{ name: 'p', port: 80, protocol: 'TCP' }] }] }, { type: 'merge' })
  await settled()
  assert.deepEqual(slices(), [['IPv4', '10.0.0.3 true']])
  await client.patch(services, key, { spec: { selector: { a: 'b' } } }, { type: 'merge' })
  await settled()
  assert.deepEqual(slices(), [])
})

test('Endpoints that say so are not mirrored', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [endpointSliceMirroringController()] })
  client.seed(services, { metadata: key, spec: {} })
  client.seed(endpoints, object({ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }))
  await settled()
  assert.equal(client.all(endpointSlices).length, 0)
})
