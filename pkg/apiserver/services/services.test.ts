import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpoints, endpointSlices, ipAddresses, serviceCIDRs, services } from '#api/gen/resources.ts'
import type { StatusError } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { startTestApiServer } from '../testing.ts'

const namespace = 'default'
const key = { namespace, name: 'web' }
const service = (spec: object, name = 'web') => ({ metadata: { name, namespace }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } })
const message = (expected: string | RegExp) => (error: StatusError) => {
  if (typeof expected === 'string') assert.equal(error.message, expected)
  else assert.match(error.message, expected)
  return true
}

test('a Service gets an address of the range, and gives it back when it goes', async () => {
  await using control = await startTestApiServer({ serviceCidr: '10.0.0.0/29' })
  const { client } = control
  const made = await client.create(services, service({}))
  assert.match(made.spec.clusterIP!, /^10\.0\.0\.[2-6]$/)
  assert.deepEqual(made.spec.clusterIPs, [made.spec.clusterIP])
  assert.deepEqual(made.spec.ipFamilies, ['IPv4'])
  await assert.rejects(
    client.create(services, service({ clusterIP: made.spec.clusterIP }, 'other')),
    message(
      `Service "other" is invalid: spec.clusterIPs: Invalid value: ["${made.spec.clusterIP}"]: failed to allocate IP ${made.spec.clusterIP}: provided IP is already allocated`,
    ),
  )
  await assert.rejects(
    client.create(services, service({ clusterIP: '10.9.0.1' }, 'other')),
    message(/failed to allocate IP 10\.9\.0\.1: the provided network does not match the current range/),
  )
  await client.delete(services, key)
  const again = await client.create(services, service({ clusterIP: made.spec.clusterIP }, 'other'))
  assert.equal(again.spec.clusterIP, made.spec.clusterIP)
})

test('a node port is given, kept by updates, refused twice, and released with the type', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await client.create(services, service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }))
  await assert.rejects(
    client.create(services, service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, 'other')),
    message('Service "other" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'),
  )
  const other = await client.create(services, service({ type: 'NodePort' }, 'other'))
  assert.ok(other.spec.ports![0]!.nodePort! >= 30000)
  const kept = await client.patch(services, { namespace, name: 'other' }, { spec: { ports: [{ port: 80, nodePort: null }] } }, { type: 'strategic' })
  assert.equal(kept.spec.ports![0]!.nodePort, other.spec.ports![0]!.nodePort)
  const plain = await client.patch(services, key, { spec: { type: 'ClusterIP' } }, { type: 'merge' })
  assert.equal(plain.spec.ports![0]!.nodePort, undefined)
  await client.patch(services, { namespace, name: 'other' }, { spec: { ports: [{ port: 80, nodePort: 30080 }] } }, { type: 'strategic' })
})

test('a headless Service has no address, and a dry run takes none', async () => {
  await using control = await startTestApiServer({ serviceCidr: '10.0.0.0/30' })
  const { client } = control
  const headless = await client.create(services, service({ clusterIP: 'None' }))
  assert.deepEqual(headless.spec.clusterIPs, ['None'])
  await client.create(services, service({}, 'dry'), { dryRun: true })
  const real = await client.create(services, service({}, 'real'))
  assert.equal(real.spec.clusterIP, '10.0.0.2')
  await assert.rejects(client.create(services, service({}, 'more')), message(/range is full/))
})

test('what stored Services hold is known after a restart', async () => {
  const { openStore } = await import('#storage/open.ts')
  const store = await openStore({ kind: 'memory' })
  const first = await startTestApiServer({ store })
  await first.client.create(services, service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }))
  await first.server.close()
  await using control = await startTestApiServer({ store })
  await assert.rejects(
    control.client.create(services, service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, 'other')),
    message(/provided port is already allocated/),
  )
})

test('the kubernetes Service leads to the server', async () => {
  await using control = await startTestApiServer({ advertise: { address: '172.30.0.1', port: 6443 } })
  const { client } = control
  const found = { namespace, name: 'kubernetes' }
  assert.equal((await client.get(services, found)).spec.clusterIP, '10.96.0.1')
  assert.equal((await client.get(endpoints, found)).subsets?.[0]?.addresses?.[0]?.ip, '172.30.0.1')
  assert.equal((await client.get(endpointSlices, found)).ports?.[0]?.port, 6443)
})

const addressNames = async (client: Client) =>
  (await client.list(ipAddresses)).items.map(({ metadata, spec }) => `${metadata.name} ${spec.parentRef?.namespace}/${spec.parentRef?.name}`)

test('an address of a Service is an IPAddress as long as the Service has it', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const { status, spec } = await client.get(serviceCIDRs, { name: 'kubernetes' })
  assert.deepEqual(spec.cidrs, ['10.96.0.0/16'])
  assert.deepEqual(
    [status?.conditions?.[0]?.type, status?.conditions?.[0]?.status, status?.conditions?.[0]?.message],
    ['Ready', 'True', 'Kubernetes default Service CIDR is ready'],
  )
  const made = await client.create(services, service({}))
  assert.deepEqual(await addressNames(client), ['10.96.0.1 default/kubernetes', `${made.spec.clusterIP} default/web`])
  const { metadata } = await client.get(ipAddresses, { name: made.spec.clusterIP! })
  assert.deepEqual(metadata.labels, { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' })
  await assert.rejects(client.create(services, service({ clusterIP: '10.96.0.1', ports: [] }, 'bad')))
  await client.patch(services, key, { spec: { type: 'ExternalName', externalName: 'example.com' } }, { type: 'merge' })
  assert.deepEqual(await addressNames(client), ['10.96.0.1 default/kubernetes'])
})

test('a further ServiceCIDR gives addresses where the first has none left', async () => {
  await using control = await startTestApiServer({ serviceCidr: '10.0.0.0/30' })
  const { client } = control
  await client.create(services, service({}))
  await assert.rejects(client.create(services, service({}, 'more')), message(/range is full/))
  await client.create(serviceCIDRs, { metadata: { name: 'more' }, spec: { cidrs: ['10.1.0.0/24'] } })
  assert.match((await client.create(services, service({}, 'more'))).spec.clusterIP!, /^10\.1\.0\./)
  assert.equal((await client.create(services, service({ clusterIP: '10.1.0.9' }, 'chosen'))).spec.clusterIP, '10.1.0.9')
})

test('an IPAddress that is lost is made again, one that nobody has goes after a minute', async () => {
  const { FakeClock, settle } = await import('#base/fake-clock.ts')
  const clock = new FakeClock()
  await using control = await startTestApiServer({ clock })
  const { client } = control
  const made = await client.create(services, service({}))
  await client.delete(ipAddresses, { name: made.spec.clusterIP! })
  await settle()
  await clock.advance(1000)
  assert.ok(await client.get(ipAddresses, { name: made.spec.clusterIP! }))
  const labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
  const parentRef = { resource: 'services', namespace, name: 'never' }
  await client.create(ipAddresses, { metadata: { name: '10.96.9.9', labels }, spec: { parentRef } })
  await client.create(ipAddresses, { metadata: { name: '10.96.9.10' }, spec: { parentRef } })
  await clock.advance(59_000)
  assert.ok(await client.get(ipAddresses, { name: '10.96.9.9' }))
  await clock.advance(2_000)
  await settle()
  assert.equal(
    (await addressNames(client)).some((each) => each.startsWith('10.96.9.9 ')),
    false,
  )
  assert.ok(await client.get(ipAddresses, { name: '10.96.9.10' }), 'not ours')
})
