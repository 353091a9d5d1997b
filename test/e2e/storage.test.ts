/** Claims on a real cluster: bound, mounted, outliving their pods, and gone with their data; and what pods use, over metrics.k8s.io. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { csiDrivers, csiNodes, events, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { parseCpuSet } from '#kubelet/cpus/cpu-set.ts'
import { openPlugin } from '#kubelet/plugins/channel.ts'
import { podResourcesServices } from '#kubelet/devices/pod-resources.ts'
import { startDevicePlugin } from '#kubelet/testing/device-plugin.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { attachAll, driverName, startDriver } from './csi.ts'
import { createPod, goneFrom, loadShellImages, logOf, podWhere, shell, untilTold } from './shell-pods.ts'

const missing = missingForCluster()
if (missing) console.log(`skipped storage in a real cluster: ${missing}`)

const readsDevice = 'test -b /dev/data && read -r line < /dev/data && echo "$line"'

/** A file as a device, until the test ends; its first line is what readsDevice shows. */
async function loopDevice(t: TestContext, { dataDir }: E2eCluster): Promise<string> {
  const file = join(dataDir, `loop-${randomUUID()}`)
  writeFileSync(file, 'on the device\n'.padEnd(1 << 20, '\0'))
  const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim()
  t.after(() => execFileSync('losetup', ['--detach', device]))
  return device
}

/** A volume and a claim of the same name, bound to each other. */
async function createClaimed(client: Client, name: string, spec: object): Promise<void> {
  const both = { accessModes: ['ReadWriteOnce'], storageClassName: '', ...('volumeMode' in spec ? { volumeMode: spec.volumeMode } : {}) }
  await client.create(persistentVolumes, {
    metadata: { name },
    spec: { ...both, ...spec, capacity: { storage: '1Mi' }, persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'default', name } },
  } as never)
  await client.create(persistentVolumeClaims, {
    metadata: { namespace: 'default', name },
    spec: { ...both, resources: { requests: { storage: '1Mi' } }, volumeName: name },
  } as never)
}

describe('storage in a real cluster', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  let client: Client
  const kubelet = {
    cpuManagerPolicy: 'static',
    reservedSystemCPUs: '0',
    memoryManagerPolicy: 'Static',
    reservedMemory: [{ numaNode: 0, limits: { memory: '100Mi' } }],
    evictionHard: { 'memory.available': '100Mi' },
    topologyManagerPolicy: 'single-numa-node',
  }
  before(async () => {
    cluster = await startCluster({ name: 'storage', port: 16643, kubelet })
    client = cluster.client
    await loadShellImages(cluster)
  })
  after(() => cluster?.delete())

  const withClaim = (name: string, script: string) =>
    createPod(client, name, {
      containers: [shell('main', script, { volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    })

  test('a claim without a class is bound when a pod uses it, keeps its data for the next pod, and takes it along', async () => {
    await client.create(persistentVolumeClaims, {
      metadata: { namespace: 'default', name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
    })
    await withClaim('writer', 'echo kept > /data/file')
    await podWhere(client, 'writer', 'has written', ({ status }) => status.phase === 'Succeeded')
    await client.delete(pods, { namespace: 'default', name: 'writer' })
    await withClaim('reader', 'cat /data/file')
    await podWhere(client, 'reader', 'has read', ({ status }) => status.phase === 'Succeeded')
    assert.equal((await logOf(client, 'reader')).trim(), 'kept')
    const [volume] = (await client.list(persistentVolumes)).items
    const path = volume!.spec.local!.path
    assert.deepEqual([volume!.status.phase, volume!.spec.capacity?.storage], ['Bound', '10Gi'])
    await client.delete(persistentVolumeClaims, { namespace: 'default', name: 'data' })
    await client.delete(pods, { namespace: 'default', name: 'reader' })
    await eventually('the volume and its directory are gone', async () => {
      assert.equal((await client.list(persistentVolumes)).items.length, 0)
      assert.equal(existsSync(path), false)
      return true
    })
  })

  test('a CSI driver registers, and its volumes are attached, mounted, shared, told of and taken down', async (t) => {
    const node = (await client.list(nodes)).items[0]!.metadata.name
    const device = await loopDevice(t, cluster)
    const driver = await startDriver(cluster, node, device)
    t.after(() => driver.stop())
    const stop = new AbortController()
    const attacher = attachAll(cluster, stop.signal)
    t.after(async () => {
      stop.abort()
      await attacher
    })
    await client.create(csiDrivers, {
      metadata: { name: driverName },
      spec: { attachRequired: true, podInfoOnMount: true, volumeLifecycleModes: ['Persistent', 'Ephemeral'], fsGroupPolicy: 'File' },
    } as never)
    await eventually('the driver is in the CSINode', async () => {
      const [found] = (await client.get(csiNodes, { name: node })).spec.drivers ?? []
      return found?.name === driverName && found.nodeID === node
    })
    await client.create(persistentVolumes, {
      metadata: { name: 'csi-1' },
      spec: {
        csi: { driver: driverName, volumeHandle: 'one' },
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        storageClassName: '',
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'default', name: 'csi' },
      },
    } as never)
    await client.create(persistentVolumeClaims, {
      metadata: { namespace: 'default', name: 'csi' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', volumeName: 'csi-1' },
    })
    const mount = [{ name: 'data', mountPath: '/data' }]
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'csi' } }]
    const securityContext = { fsGroup: 2000 } as never
    await createPod(client, 'csi-a', {
      securityContext,
      containers: [shell('main', `echo shared > /data/file; ${untilTold}`, { volumeMounts: mount })],
      volumes,
    })
    await podWhere(client, 'csi-a', 'runs', ({ status }) => status.phase === 'Running')
    const unique = `kubernetes.io/csi/${driverName}^one`
    assert.deepEqual((await client.get(nodes, { name: node })).status!.volumesInUse, [unique])
    assert.equal((await client.list(volumeAttachments)).items.length, 1)
    await createPod(client, 'csi-b', {
      securityContext,
      containers: [shell('main', 'cat /data/file; stat -c %g /data/file', { volumeMounts: mount })],
      volumes,
    })
    await podWhere(client, 'csi-b', 'has read', ({ status }) => status.phase === 'Succeeded')
    assert.equal((await logOf(client, 'csi-b')).trim(), 'shared\n2000')
    assert.equal(JSON.parse(readFileSync(join(driver.volumes, 'one', 'context.json'), 'utf8'))['csi.storage.k8s.io/pod.name'], 'csi-b')
    await createPod(client, 'csi-inline', {
      containers: [shell('main', 'cat /data/context.json', { volumeMounts: mount })],
      volumes: [{ name: 'data', csi: { driver: driverName, volumeAttributes: { colour: 'red' } } }] as never,
    })
    await podWhere(client, 'csi-inline', 'has read', ({ status }) => status.phase === 'Succeeded')
    assert.equal(JSON.parse(await logOf(client, 'csi-inline')).colour, 'red')
    await createClaimed(client, 'csi-block', { csi: { driver: driverName, volumeHandle: 'block' }, volumeMode: 'Block' })
    await createPod(client, 'csi-block', {
      containers: [shell('main', readsDevice, { volumeDevices: [{ name: 'data', devicePath: '/dev/data' }] })],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'csi-block' } }],
    })
    await podWhere(client, 'csi-block', 'has read the device', ({ status }) => status.phase === 'Succeeded')
    assert.equal(await logOf(client, 'csi-block'), 'on the device\n')
    const summary = JSON.parse(await (await client.request({ method: 'GET', path: `/api/v1/nodes/${node}/proxy/stats/summary` })).text())
    const told = summary.pods.find((each: any) => each.podRef.name === 'csi-a').volume.find((each: any) => each.name === 'data')
    assert.deepEqual([told.capacityBytes, told.pvcRef.name], [1000, 'csi'])
    const metrics = await (await client.request({ method: 'GET', path: `/api/v1/nodes/${node}/proxy/metrics` })).text()
    assert.match(metrics, /^kubelet_volume_stats_capacity_bytes\{namespace="default",persistentvolumeclaim="csi"\} 1000$/m)
    for (const name of ['csi-a', 'csi-b', 'csi-inline', 'csi-block']) await client.delete(pods, { namespace: 'default', name })
    await eventually('all is taken down and detached', async () => {
      assert.deepEqual((await client.list(pods, { namespace: 'default', fieldSelector: 'metadata.name=csi-a' })).items, [])
      assert.deepEqual((await client.get(nodes, { name: node })).status!.volumesInUse ?? [], [])
      assert.deepEqual((await client.list(volumeAttachments)).items, [])
      assert.deepEqual(readdirSync(join(driver.kubeletDirectory, 'plugins', 'kubernetes.io', 'csi', driverName)), [])
      return true
    })
  })

  test('a local volume can be a raw device; a pod that mounts it instead waits and says why', async (t) => {
    const device = await loopDevice(t, cluster)
    const hostname = (await client.list(nodes)).items[0]!.metadata.labels!['kubernetes.io/hostname']!
    const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }] } }
    await createClaimed(client, 'raw', { local: { path: device }, volumeMode: 'Block', nodeAffinity })
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'raw' } }]
    await createPod(client, 'raw', { containers: [shell('main', readsDevice, { volumeDevices: [{ name: 'data', devicePath: '/dev/data' }] })], volumes })
    await podWhere(client, 'raw', 'has read the device', ({ status }) => status.phase === 'Succeeded')
    assert.equal(await logOf(client, 'raw'), 'on the device\n')
    await createPod(client, 'mounts-raw', { containers: [shell('main', 'true', { volumeMounts: [{ name: 'data', mountPath: '/data' }] })], volumes })
    await eventually('why it waits is told', async () => {
      const told = (await client.list(events, { namespace: 'default', fieldSelector: 'involvedObject.name=mounts-raw' })).items
      return told.some(
        ({ reason, message }) => reason === 'FailedMount' && message?.endsWith(': volume data has volumeMode Block, but is specified in volumeMounts'),
      )
    })
    const { status } = await client.get(pods, { namespace: 'default', name: 'mounts-raw' })
    assert.equal(status?.containerStatuses?.[0]?.state?.waiting?.reason, 'ContainerCreating')
    for (const name of ['raw', 'mounts-raw']) await client.delete(pods, { namespace: 'default', name })
    for (const name of ['raw', 'mounts-raw']) await goneFrom(client, name)
  })

  test('a generic ephemeral volume comes and goes with its pod', async () => {
    const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } }
    await createPod(client, 'scratch', {
      containers: [shell('main', `echo mine > /data/file; cat /data/file; ${untilTold}`, { volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate } }] as never,
    })
    const { metadata } = await podWhere(client, 'scratch', 'runs', ({ status }) => status.phase === 'Running', 60_000)
    await eventually('it has read', async () => (await logOf(client, 'scratch')) === 'mine\n')
    const { name: node } = (await client.list(nodes)).items[0]!.metadata
    await eventually('how full it is', async () => {
      const metrics = await (await client.request({ method: 'GET', path: `/api/v1/nodes/${node}/proxy/metrics` })).text()
      return /^kubelet_volume_stats_used_bytes\{namespace="default",persistentvolumeclaim="scratch-data"\} [1-9]/m.test(metrics)
    })
    const claim = await client.get(persistentVolumeClaims, { namespace: 'default', name: 'scratch-data' })
    assert.equal(claim.metadata.ownerReferences?.[0]?.uid, metadata.uid)
    await client.delete(pods, { namespace: 'default', name: 'scratch' })
    await eventually('its claim and its volume are gone', async () => {
      assert.deepEqual((await client.list(persistentVolumeClaims, { namespace: 'default', fieldSelector: 'metadata.name=scratch-data' })).items, [])
      return true
    })
  })

  test('the kubelet’s directory is where every manifest of a driver or plugin looks for it', async () => {
    await createPod(client, 'looks', {
      containers: [
        shell('main', 'test -d /kubelet/plugins_registry && test -S /kubelet/device-plugins/kubelet.sock && echo found', {
          volumeMounts: [{ name: 'kubelet', mountPath: '/kubelet' }],
        }),
      ],
      volumes: [{ name: 'kubelet', hostPath: { path: '/var/lib/kubelet', type: 'Directory' } }],
    })
    await podWhere(client, 'looks', 'has looked', ({ status }) => status.phase === 'Succeeded')
    assert.equal(await logOf(client, 'looks'), 'found\n')
    await client.delete(pods, { namespace: 'default', name: 'looks' })
  })

  test('huge pages are counted, and an emptyDir can be of them', async (t) => {
    const pages = '/proc/sys/vm/nr_hugepages'
    const before = readFileSync(pages, 'utf8')
    const wanted = Number(before) + 8
    try {
      writeFileSync(pages, String(wanted))
    } catch {
      // Not ours to set: what is read back says so.
    }
    t.after(() => Number(readFileSync(pages, 'utf8')) !== Number(before) && writeFileSync(pages, before))
    if (Number(readFileSync(pages, 'utf8')) < wanted) return t.skip('the kernel gives no more huge pages')
    const { name: node } = (await client.list(nodes)).items[0]!.metadata
    const size = /^Hugepagesize:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]
    if (size !== '2048') return t.skip(`huge pages are of ${size} kB here`)
    await eventually(
      'the node has them',
      async () => (await client.get(nodes, { name: node })).status!.allocatable?.['hugepages-2Mi'] === `${wanted * 2}Mi`,
      60_000,
    )
    await createPod(client, 'huge', {
      containers: [
        shell('main', 'grep " /huge hugetlbfs .*pagesize=2M" /proc/mounts > /dev/null && echo huge', {
          resources: { requests: { memory: '16Mi' }, limits: { memory: '32Mi', 'hugepages-2Mi': '4Mi' } } as never,
          volumeMounts: [{ name: 'pages', mountPath: '/huge' }],
        }),
      ],
      volumes: [{ name: 'pages', emptyDir: { medium: 'HugePages' } }],
    })
    await podWhere(client, 'huge', 'has looked', ({ status }) => status.phase === 'Succeeded')
    assert.equal(await logOf(client, 'huge'), 'huge\n')
    await client.delete(pods, { namespace: 'default', name: 'huge' })
    await goneFrom(client, 'huge')
  })

  test('a device plugin’s devices are counted, given to one container each, and a pod that cannot have its own fails', async (t) => {
    const { name: node } = (await client.list(nodes)).items[0]!.metadata
    const kubelet = join(cluster.dataDir, 'nodes', node, 'kubelet')
    const resource = 'example.com/thing'
    const plugin = await startDevicePlugin({
      directory: join(kubelet, 'device-plugins'),
      resource,
      devices: [
        { ID: 'a', health: 'Healthy' },
        { ID: 'b', health: 'Healthy' },
      ],
      give: (ids) => ({ envs: { THINGS: ids.join() }, devices: [{ container_path: '/dev/thing', host_path: '/dev/null', permissions: 'rw' }] }),
    })
    t.after(() => plugin.close())
    await plugin.register()
    await eventually('the node has them', async () => (await client.get(nodes, { name: node })).status!.allocatable?.[resource] === '2')
    const asking = (count: number) => ({ resources: { limits: { [resource]: String(count) } } })
    await createPod(client, 'has-thing', { containers: [shell('main', `echo $THINGS; test -c /dev/thing && echo there; ${untilTold}`, asking(1))] })
    await podWhere(client, 'has-thing', 'runs', ({ status }) => status.phase === 'Running')
    await eventually('it has told', async () => /^[ab]\nthere\n$/.test(await logOf(client, 'has-thing')))
    const agent = openPlugin(join(kubelet, 'pod-resources', 'kubelet.sock'), podResourcesServices)
    t.after(() => agent.close())
    const { pod_resources: mine } = await agent.call<any>('PodResourcesLister', 'Get', { pod_name: 'has-thing', pod_namespace: 'default' })
    assert.equal(mine.containers[0].devices[0].device_ids.length, 1)
    await createPod(client, 'wants-things', { nodeName: node, containers: [shell('main', 'true', asking(2))] } as never)
    const { status } = await podWhere(client, 'wants-things', 'is refused', (pod) => pod.status.phase === 'Failed')
    assert.equal(status.reason, 'OutOfexample.com/thing')
    for (const name of ['has-thing', 'wants-things']) await client.delete(pods, { namespace: 'default', name })
  })

  test('whole CPUs of a Guaranteed pod are its own, and the others move away', { skip: availableParallelism() < 2 && 'the machine has one CPU' }, async () => {
    const allowed = "grep Cpus_allowed_list /proc/self/status | grep -o '[-0-9,]*$'"
    const resources = { limits: { cpu: '1', memory: '64Mi' } } as never
    await createPod(client, 'shares', { containers: [shell('main', `while true; do ${allowed}; sleep 0.2; done`)] })
    await podWhere(client, 'shares', 'runs', ({ status }) => status.phase === 'Running')
    await createPod(client, 'pinned', { containers: [shell('main', `${allowed}; ${untilTold}`, { resources })] })
    await podWhere(client, 'pinned', 'runs', ({ status }) => status.phase === 'Running')
    const lastOf = async (name: string) => (await logOf(client, name)).trim().split('\n').at(-1)
    const own = await eventually('it has told', async () => (await lastOf('pinned')) || undefined)
    const { name: node } = (await client.list(nodes)).items[0]!.metadata
    const state = JSON.parse(readFileSync(join(cluster.dataDir, 'nodes', node, 'kubelet', 'memory_manager_state'), 'utf8'))
    assert.deepEqual(Object.values(state.entries), [{ main: [{ numaAffinity: [0], type: 'memory', size: 64 * 2 ** 20 }] }])
    const metrics = await (await client.request({ method: 'GET', path: `/api/v1/nodes/${node}/proxy/metrics` })).text()
    assert.match(metrics, /^kubelet_container_aligned_compute_resources_count\{boundary="numa_node",scope="container"\} [1-9]/m)
    assert.match(own, /^[1-9]\d*$/)
    await eventually('the other runs elsewhere', async () => !parseCpuSet((await lastOf('shares'))!).includes(Number(own)))
    await client.delete(pods, { namespace: 'default', name: 'pinned' })
    await eventually('the other may use it again', async () => parseCpuSet((await lastOf('shares'))!).includes(Number(own)))
    await client.delete(pods, { namespace: 'default', name: 'shares' })
  })

  test('what nodes and pods use can be asked', async () => {
    await createPod(client, 'busy', { containers: [shell('main', untilTold)] })
    await podWhere(client, 'busy', 'runs', ({ status }) => status.phase === 'Running')
    const get = async (path: string) => JSON.parse(await (await client.request({ method: 'GET', path: `/apis/metrics.k8s.io/v1beta1${path}` })).text())
    await eventually('usage of the pod', async () => {
      const { containers } = await get('/namespaces/default/pods/busy')
      assert.match(containers[0].usage.memory, /^\d+Ki$/)
      return true
    })
    const { items } = await get('/nodes')
    assert.match(items[0].usage.cpu, /^\d+n$/)
  })
})
