/** A CSI driver over its real gRPC calls, from its registration to the end of its last volume; only the mounts are made up. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import { csiNodes, csiDrivers, nodes, persistentVolumeClaims, volumeAttachments } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { keepPlugins } from '../plugins/plugin-registry.ts'
import { startTestDriver, type TestDriverOptions } from '../testing/csi-driver.ts'
import { csiPlugins } from './csi-node.ts'
import { CsiVolumes } from './csi-volumes.ts'
import { CsiDrivers } from './drivers.ts'
import { attachmentId, csiPaths } from './volume-data.ts'
import { inlineSource, persistentSource } from './volume-source.ts'

const name = 'dirs.example.com'
const handle = 'volume-1'
const unique = `kubernetes.io/csi/${name}^${handle}`
const podOf = (uid: string, more: object = {}): Pod =>
  ({ metadata: { name: `pod-${uid}`, namespace: 'default', uid }, spec: { containers: [], serviceAccountName: 'app', ...more }, status: {} }) as unknown as Pod
const volume = (capacity = '1Gi'): PersistentVolume =>
  ({
    metadata: { name: 'pv-1' },
    spec: {
      csi: { driver: name, volumeHandle: handle, volumeAttributes: { colour: 'red' } },
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: capacity },
      mountOptions: ['noatime'],
    },
  }) as unknown as PersistentVolume
const claim = { metadata: { name: 'data', namespace: 'default' }, spec: {}, status: { capacity: { storage: '1Gi' } } } as unknown as PersistentVolumeClaim

async function bench(t: TestContext, driverOptions: Partial<TestDriverOptions> = {}, driverSpec: object = {}, clock: Clock = systemClock) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-csi-'))
  const mounts = new Set<string>()
  const client = createFakeClient({})
  const node = await client.create(nodes, { metadata: { name: 'node-1' }, status: {} } as never)
  await client.create(csiDrivers, { metadata: { name }, spec: { attachRequired: false, ...driverSpec } } as never)
  const drivers = new CsiDrivers()
  const registered = Promise.withResolvers<void>()
  const stop = new AbortController()
  const driver = await startTestDriver({
    name,
    nodeId: 'id-of-node-1',
    directory: join(root, 'd'),
    registry: join(root, 'plugins_registry'),
    mount: async (_source, target) => void mounts.add(target),
    unmount: async (target) => void mounts.delete(target),
    ...driverOptions,
  })
  const loop = keepPlugins({
    directory: join(root, 'plugins_registry'),
    handlers: { CSIPlugin: csiPlugins({ client, nodeName: 'node-1', drivers, onChange: registered.resolve }) },
    clock: systemClock,
    log: silentLogger,
    signal: stop.signal,
  })
  await registered.promise
  let attached: string[] = []
  const reports: string[][] = []
  const expanded: string[] = []
  const build = () =>
    new CsiVolumes({
      client,
      clock,
      nodeName: 'node-1',
      node: () => ({ ...node, status: { volumesAttached: attached.map((each) => ({ name: each, devicePath: '' })) } }) as never,
      drivers,
      paths: csiPaths(root),
      objects: { get: (of, key) => client.get(of, key).catch(() => undefined) },
      tokens: { issue: async (_pod, { audience }) => ({ token: `token for ${audience}`, expirationTimestamp: '2026-01-01T01:00:00Z' }) },
      reportInUse: async () => {
        reports.push(volumes.inUse())
        attached = volumes.inUse()
      },
      onExpanded: (pod) => expanded.push(pod.metadata.name),
      isMounted: (path) => mounts.has(path),
    })
  let volumes = build()
  t.after(async () => {
    stop.abort()
    driver.close()
    drivers.close()
    await loop
    rmSync(root, { recursive: true, force: true })
  })
  return {
    root,
    client,
    driver,
    mounts,
    reports,
    expanded,
    volumes: () => volumes,
    methods: () => driver.calls.map(({ method }) => method).filter((method) => !method.startsWith('NodeGet')),
    request: (method: string) => driver.calls.findLast((call) => call.method === method)?.request,
    restart(pods: string[]) {
      volumes = build()
      volumes.recover(pods)
    },
  }
}

test('a driver that registers is in the CSINode with its id, limit and topology, and goes when its socket goes', async (t) => {
  const { client, driver } = await bench(t, { maxVolumes: 7, topology: { 'topology.example.com/rack': 'r1' } })
  assert.deepEqual(client.peek(csiNodes, undefined, 'node-1')!.spec.drivers, [
    { name, nodeID: 'id-of-node-1', topologyKeys: ['topology.example.com/rack'], allocatable: { count: 7 } },
  ])
  const { metadata } = client.peek(nodes, undefined, 'node-1')!
  assert.equal(metadata.labels?.['topology.example.com/rack'], 'r1')
  assert.equal(metadata.annotations?.['csi.volume.kubernetes.io/nodeid'], `{"${name}":"id-of-node-1"}`)
  while (driver.statuses.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(driver.statuses, [{ plugin_registered: true, error: '' }])
  driver.close()
  while (client.peek(csiNodes, undefined, 'node-1')!.spec.drivers?.length) await new Promise((resolve) => setImmediate(resolve))
})

test('two pods share one staged volume, which is let go when the last of them ends', async (t) => {
  const { volumes, methods, request, root } = await bench(t)
  const source = persistentSource('data', volume(), claim, false)
  const [a, b] = await Promise.all([volumes().setUp(podOf('a'), source), volumes().setUp(podOf('b'), source)])
  assert.equal(a, join(root, 'pods/a/volumes/kubernetes.io~csi/pv-1/mount'))
  assert.deepEqual(methods(), ['NodeStageVolume', 'NodePublishVolume', 'NodePublishVolume'])
  const staging = request('NodeStageVolume').staging_target_path
  assert.match(staging, /\/plugins\/kubernetes.io\/csi\/dirs.example.com\/[0-9a-f]{64}\/globalmount$/)
  const { volume_capability: capability, volume_context, readonly, target_path } = request('NodePublishVolume')
  assert.deepEqual([target_path, readonly, volume_context], [b, false, { colour: 'red' }])
  assert.deepEqual([capability.access_mode.mode, capability.mount.mount_flags], ['SINGLE_NODE_WRITER', ['noatime']])
  assert.deepEqual(JSON.parse(readFileSync(join(root, 'pods/a/volumes/kubernetes.io~csi/pv-1/vol_data.json'), 'utf8')), {
    specVolID: 'pv-1',
    volumeHandle: handle,
    driverName: name,
    nodeName: 'node-1',
    attachmentID: attachmentId(handle, name, 'node-1'),
    volumeLifecycleMode: 'Persistent',
  })
  await volumes().setUp(podOf('a'), source)
  assert.equal(methods().length, 3, 'what is mounted is not mounted again')
  await volumes().tearDown('a')
  assert.deepEqual(methods().slice(3), ['NodeUnpublishVolume'])
  assert.deepEqual(volumes().inUse(), [unique])
  await volumes().tearDown('b')
  assert.deepEqual(methods().slice(4), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
  assert.deepEqual(volumes().inUse(), [])
  assert.ok(!existsSync(join(root, 'pods/a/volumes/kubernetes.io~csi/pv-1')) && !existsSync(join(staging, '..')))
})

test('a restarted kubelet takes down what the one before it mounted', async (t) => {
  const { volumes, methods, restart } = await bench(t)
  await volumes().setUp(podOf('a'), persistentSource('data', volume(), claim, false))
  restart(['a'])
  assert.deepEqual(volumes().inUse(), [unique])
  await volumes().setUp(podOf('a'), persistentSource('data', volume(), claim, false))
  assert.deepEqual(methods(), ['NodeStageVolume', 'NodePublishVolume'])
  await volumes().tearDown('a')
  assert.deepEqual(methods().slice(2), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
})

test('a volume that needs attaching stands in volumesInUse first, and is mounted with what the attacher left', async (t) => {
  const { volumes, client, reports, request } = await bench(t, {}, { attachRequired: true })
  await client.create(volumeAttachments, {
    metadata: { name: attachmentId(handle, name, 'node-1') },
    spec: { attacher: name, nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
    status: { attached: true, attachmentMetadata: { device: '/dev/x' } },
  } as never)
  await volumes().setUp(podOf('a'), persistentSource('data', volume(), claim, true))
  assert.deepEqual(reports, [[unique]])
  assert.deepEqual(request('NodePublishVolume').publish_context, { device: '/dev/x' })
  assert.equal(request('NodePublishVolume').readonly, true)
})

test('an inline volume is never staged; the driver is told whose it is and given tokens, where it asks', async (t) => {
  const { volumes, methods, request } = await bench(
    t,
    {},
    { volumeLifecycleModes: ['Ephemeral'], podInfoOnMount: true, tokenRequests: [{ audience: 'vault' }] },
  )
  const pod = podOf('a')
  await volumes().setUp(pod, inlineSource(pod, { name: 'own', csi: { driver: name } } as never))
  const { volume_context: context, volume_id: id } = request('NodePublishVolume')
  assert.deepEqual(methods(), ['NodePublishVolume'])
  assert.match(id, /^csi-[0-9a-f]{64}$/)
  assert.deepEqual(
    [context['csi.storage.k8s.io/pod.name'], context['csi.storage.k8s.io/serviceAccount.name'], context['csi.storage.k8s.io/ephemeral']],
    ['pod-a', 'app', 'true'],
  )
  assert.deepEqual(JSON.parse(context['csi.storage.k8s.io/serviceAccount.tokens']), {
    vault: { token: 'token for vault', expirationTimestamp: '2026-01-01T01:00:00Z' },
  })
  assert.deepEqual(volumes().inUse(), [])
  await assert.rejects(volumes().setUp(pod, persistentSource('data', volume(), claim, false)), /"Persistent" not supported by driver/)
})

test('a refusal leaves nothing behind; a call whose end is open is taken down all the same', async (t) => {
  const { volumes, driver, methods } = await bench(t)
  const source = persistentSource('data', volume(), claim, false)
  driver.failNext('NodePublishVolume', 3, 'no such thing')
  await assert.rejects(volumes().setUp(podOf('a'), source), /rpc error: code = InvalidArgument desc = no such thing/)
  driver.failNext('NodePublishVolume', 4, 'too slow')
  await assert.rejects(volumes().setUp(podOf('b'), source), /DeadlineExceeded/)
  await volumes().tearDown('b')
  await volumes().tearDown('a')
  assert.deepEqual(methods().slice(-3), ['NodePublishVolume', 'NodeUnpublishVolume', 'NodeUnstageVolume'])
  driver.failNext('NodeStageVolume', 3, 'no such thing')
  await assert.rejects(volumes().setUp(podOf('c'), source), /MountVolume.MountDevice failed for volume "pv-1"/)
  await volumes().tearDown('c')
  assert.deepEqual([methods().slice(-2), volumes().inUse()], [['NodeStageVolume', 'NodeUnstageVolume'], []])
})

test('a raw block volume is a device in upstream’s directories; a restarted kubelet takes it down; the driver is told that it is one', async (t) => {
  const { volumes, methods, request, restart, root } = await bench(t)
  const block = { ...volume(), spec: { ...volume().spec, volumeMode: 'Block' } } as PersistentVolume
  const source = persistentSource('data', block, claim, false)
  const pod = podOf('a', { securityContext: { fsGroup: 7 } })
  const devices = join(root, 'plugins/kubernetes.io/csi/volumeDevices')
  assert.equal(await volumes().setUp(pod, source), join(devices, 'publish/pv-1/a'))
  assert.equal(request('NodeStageVolume').staging_target_path, join(devices, 'staging/pv-1'))
  const { volume_capability: capability } = request('NodePublishVolume')
  assert.deepEqual([capability.block, capability.mount ?? null], [{}, null])
  assert.ok(existsSync(join(devices, 'pv-1/data/vol_data.json')))
  restart([])
  assert.deepEqual(volumes().inUse(), [unique])
  await volumes().setUp(pod, source)
  await volumes().tearDown('a')
  assert.deepEqual(methods(), ['NodeStageVolume', 'NodePublishVolume', 'NodeUnpublishVolume', 'NodeUnstageVolume'])
  assert.deepEqual(
    [existsSync(join(devices, 'pv-1')), existsSync(join(devices, 'publish/pv-1')), existsSync(join(devices, 'staging/pv-1'))],
    [false, false, false],
  )
})

test('a driver that asks for it is told again and again to publish what it has published', async (t) => {
  const clock = new FakeClock()
  const { volumes, methods } = await bench(t, {}, { requiresRepublish: true, tokenRequests: [{ audience: '' }] }, clock)
  const source = persistentSource('data', volume(), claim, false)
  await volumes().setUp(podOf('a'), source)
  await volumes().setUp(podOf('a'), source)
  assert.deepEqual(methods(), ['NodeStageVolume', 'NodePublishVolume'])
  await clock.advance(60_000)
  await volumes().setUp(podOf('a'), source)
  assert.deepEqual(methods().slice(2), ['NodePublishVolume'])
})

test('a volume that has grown is grown on the node, and the claim says so', async (t) => {
  const { volumes, client, request, expanded } = await bench(t)
  await client.create(persistentVolumeClaims, claim as never)
  await volumes().setUp(podOf('a'), persistentSource('data', volume('2Gi'), claim, false))
  assert.equal(request('NodeExpandVolume').capacity_range.required_bytes, 2 ** 31)
  assert.equal(client.peek(persistentVolumeClaims, 'default', 'data')!.status!.capacity!.storage, '2Gi')
  assert.deepEqual(expanded, ['pod-a'])
})

test('the use of a volume is asked of its driver, and a volume without its driver waits', async (t) => {
  const { volumes, driver } = await bench(t)
  const source = persistentSource('data', volume(), claim, false)
  await volumes().setUp(podOf('a'), source)
  const stats = await volumes().stats('a', 'data')
  assert.deepEqual(
    stats?.usage.map(({ unit, total }) => [unit, total]),
    [
      ['BYTES', 1000],
      ['INODES', 10],
    ],
  )
  driver.close()
  await assert.rejects(volumes().setUp(podOf('b'), { ...source, driver: 'other' }), /driver name other not found in the list of registered CSI drivers/)
})
