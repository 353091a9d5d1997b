/** Dynamic resources over the driver's real gRPC calls. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Pod } from '#api/gen/core/v1.ts'
import { resourceClaims } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { serveSocket } from '../plugins/serve.ts'
import { ClaimManager } from './claims.ts'
import { DeviceHealth } from './device-health.ts'
import { DraDrivers } from './drivers.ts'
import { draHealthServices, draServices, serviceVersion } from './messages.ts'

const driver = 'gpu.example.com'
const pod = (uid: string): Pod =>
  ({
    metadata: { name: `pod-${uid}`, namespace: 'default', uid },
    spec: {
      resourceClaims: [{ name: 'gpus', resourceClaimName: 'shared' }],
      containers: [
        { name: 'both', resources: { claims: [{ name: 'gpus' }] } },
        { name: 'one', resources: { claims: [{ name: 'gpus', request: 'small' }] } },
        { name: 'none' },
      ],
    },
  }) as unknown as Pod

async function bench(t: TestContext, tellsHealth = false) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-dra-'))
  const client = createFakeClient({})
  const claim = await client.create(resourceClaims, {
    metadata: { namespace: 'default', name: 'shared' },
    spec: { devices: {} },
    status: {
      reservedFor: ['a', 'b'].map((uid) => ({ resource: 'pods', name: `pod-${uid}`, uid })),
      allocation: { devices: { results: [{ request: 'large', driver, pool: 'p', device: 'd1' }] } },
    },
  } as never)
  const { uid } = claim.metadata
  const calls: string[] = []
  let failure = ''
  const prepared = (request: string, device: string) => ({
    request_names: [request],
    pool_name: 'p',
    device_name: device,
    cdi_device_ids: [`${driver}/gpu=${device}`],
  })
  const socket = join(root, 'dra.sock')
  let tell: ((message: object) => void) | undefined
  const watched = Promise.withResolvers<void>()
  const services = { ...draServices.DRAPlugin!, ...(tellsHealth ? draHealthServices.DRAResourceHealth! : {}) }
  const watch = {
    NodeWatchResources: (send: (message: object) => void) => {
      tell = send
      watched.resolve()
    },
  }
  const server = await serveSocket(socket, services, {
    stream: tellsHealth ? watch : {},
    unary: {
      NodePrepareResources: ({ claims }) => {
        calls.push(`prepare ${claims[0].name}`)
        return { claims: { [claims[0].uid]: failure ? { error: failure } : { devices: [prepared('large', 'd1'), prepared('small/b', 'd2')] } } }
      },
      NodeUnprepareResources: ({ claims }) => {
        calls.push(`unprepare ${claims[0].name}`)
        return { claims: { [claims[0].uid]: {} } }
      },
    },
  })
  const clock = new FakeClock()
  let changed = Promise.withResolvers<void>()
  const buildHealth = () => new DeviceHealth({ stateFile: join(root, 'dra_health_state'), clock, onChange: () => changed.resolve() })
  const health = buildHealth()
  const drivers = new DraDrivers({ clock, health, onChange: () => {} })
  const register = (...supported_versions: string[]) => drivers.register({ type: 'DRAPlugin', name: driver, endpoint: socket, supported_versions })
  const stateFile = join(root, 'dra_manager_state')
  const build = () => new ClaimManager({ client, drivers, health, stateFile })
  t.after(() => {
    drivers.close()
    server.close()
    rmSync(root, { recursive: true, force: true })
  })
  return {
    uid,
    calls,
    stateFile,
    build,
    register,
    fail(why: string) {
      failure = why
    },
    clock,
    drivers,
    buildHealth,
    /** What the driver says next; resolves when it is known. */
    async say(...devices: readonly object[]) {
      await watched.promise
      tell!({ devices })
      await changed.promise
      changed = Promise.withResolvers()
    },
  }
}

test('a claim is prepared once for the pods that share it, survives a restart, and is given back by the last', async (t) => {
  const { build, register, calls, stateFile } = await bench(t)
  const claims = build()
  await assert.rejects(claims.prepare(pod('a')), /DRA driver gpu.example.com is not registered/)
  await register(serviceVersion)
  await Promise.all([claims.prepare(pod('a')), claims.prepare(pod('b'))])
  assert.deepEqual(claims.of(pod('a'), 'both'), ['gpu.example.com/gpu=d1', 'gpu.example.com/gpu=d2'])
  assert.deepEqual(claims.of(pod('a'), 'one'), ['gpu.example.com/gpu=d2'])
  assert.deepEqual(claims.of(pod('a'), 'none'), [])
  const unknown = (name: string, ...ids: string[]) => ({ name, resources: ids.map((resourceID) => ({ resourceID, health: 'Unknown' })) })
  assert.deepEqual(claims.health(pod('a'), 'both'), [unknown('claim:gpus', 'gpu.example.com/gpu=d1', 'gpu.example.com/gpu=d2')])
  assert.deepEqual(claims.health(pod('a'), 'one'), [unknown('claim:gpus/small', 'gpu.example.com/gpu=d2')])
  const { Data, Checksum } = JSON.parse(readFileSync(stateFile, 'utf8'))
  assert.equal(Checksum, crc32(Data))
  const [stored] = JSON.parse(Data).ClaimInfoStateList
  assert.deepEqual([stored.ClaimName, stored.PodUIDs, stored.DriverState[driver].Devices[0].ShareID], ['shared', { a: {}, b: {} }, null])
  const next = build()
  await next.prepare(pod('a'))
  await next.release('a')
  assert.deepEqual(calls, ['prepare shared'])
  await next.release('b')
  assert.deepEqual(calls, ['prepare shared', 'unprepare shared'])
  await next.release('b')
  assert.equal(calls.length, 2)
})

test('what a driver tells of its devices’ health is told of the containers that have them, for as long as it holds', async (t) => {
  const { build, buildHealth, register, say, clock, drivers } = await bench(t, true)
  await register(serviceVersion)
  const claims = build()
  await claims.prepare(pod('a'))
  const told = () => claims.health(pod('a'), 'both')[0]!.resources!.map(({ resourceID, ...health }) => health)
  const device = (name: string, health: number, more: object = {}) => ({ device: { pool_name: 'p', device_name: name }, health, ...more })
  await say(device('d1', 1), device('d2', 2, { message: 'x'.repeat(1100), health_check_timeout_seconds: 300 }))
  const broken = { health: 'Unhealthy', message: `${'x'.repeat(1021)}...` }
  assert.deepEqual(told(), [{ health: 'Healthy' }, broken])
  assert.deepEqual(buildHealth().of(driver, 'p', 'd2'), broken, 'a kubelet that starts again knows it')
  await clock.advance(31_000)
  assert.deepEqual(told(), [{ health: 'Unknown' }, broken], 'half a minute, where the device does not say for how long')
  await say(device('d2', 1))
  assert.deepEqual(told(), [{ health: 'Unknown' }, { health: 'Healthy' }])
  await drivers.deregister(driver)
  assert.deepEqual(told(), [{ health: 'Unknown' }, { health: 'Unknown' }])
})

test('a container that asks for an extended resource is given the devices that the scheduler took for it', async (t) => {
  const { build, register } = await bench(t)
  await register(serviceVersion)
  const claims = build()
  const mapping = (containerName: string, requestName: string) => ({ containerName, resourceName: 'example.com/gpu', requestName })
  const extended = {
    ...pod('a'),
    spec: { containers: [{ name: 'one' }, { name: 'two' }, { name: 'none' }] },
    status: { extendedResourceClaimStatus: { resourceClaimName: 'shared', requestMappings: [mapping('one', 'large'), mapping('two', 'small')] } },
  } as unknown as Pod
  await claims.prepare(extended)
  assert.deepEqual(
    ['one', 'two', 'none'].map((name) => claims.of(extended, name)),
    [['gpu.example.com/gpu=d1'], ['gpu.example.com/gpu=d2'], []],
  )
})

test('what a driver refuses, and a claim that is not the pod’s, are errors that say so', async (t) => {
  const { build, register, fail, uid } = await bench(t)
  await assert.rejects(register('v1alpha3.Node'), /none of the versions is supported/)
  await register(serviceVersion)
  await assert.rejects(build().prepare(pod('c')), {
    message: `pod default/pod-c (c) is not allowed to use ResourceClaim default/shared (${uid})`,
  })
  fail('no such device')
  await assert.rejects(build().prepare(pod('a')), /NodePrepareResources failed for claim default\/shared: no such device/)
})

test('the state of upstream’s kubelet is read, and one that is not what was written is refused', async (t) => {
  const { build, stateFile } = await bench(t)
  // As kubelet 1.36.1 left it.
  writeFileSync(
    stateFile,
    '{"Data":"{\\"kind\\":\\"DRACheckpoint\\",\\"apiVersion\\":\\"checkpoint.dra.kubelet.k8s.io/v1\\",\\"ClaimInfoStateList\\":[]}","Checksum":2361995144}',
  )
  assert.deepEqual(build().of(pod('a'), 'both'), [])
  writeFileSync(stateFile, '{"Data":"{}","Checksum":1}')
  assert.throws(build, /is corrupt/)
})
