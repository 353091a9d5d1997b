import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, events, endpoints, services } from '#api/gen/resources.ts'
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
      .map(({ addressType, endpoints: all }) => [addressType, ...(all ?? []).map(({ addresses, conditions }) => `${addresses[0]} ${conditions.ready}`)])
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

test('What does not fit into a slice, or is no address, is left out and told', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [endpointSliceMirroringController()] })
  const addresses = Array.from({ length: 1100 }, (_, at) => ({ ip: `10.0.${at >> 8}.${at & 255}` }))
  client.seed(services, { metadata: { namespace: 'n', name: 's' }, spec: {} })
  client.seed(endpoints, { metadata: { namespace: 'n', name: 's' }, subsets: [{ addresses: [{ ip: 'no address' }, ...addresses], ports: [{ port: 80 }] }] })
  await settled()
  assert.deepEqual(
    client.all(endpointSlices).map((slice) => slice.endpoints?.length),
    [1000],
  )
  assert.deepEqual(
    client
      .all(events)
      .map(({ reason, message }) => `${reason}: ${message}`)
      .sort(),
    [
      'InvalidIPAddress: Skipped 1 invalid IP addresses when mirroring to EndpointSlices',
      'TooManyAddressesToMirror: A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 101 addresses were skipped',
    ],
  )
})
