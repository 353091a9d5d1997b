/** Device plugins over their real gRPC calls: registration, health, allocation, and what a restarted kubelet knows. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { openPlugin } from '../plugins/channel.ts'
import { startDevicePlugin, type TestDevicePluginOptions } from '../testing/device-plugin.ts'
import { checkpointName } from './checkpoint.ts'
import { allCpus } from '../cpus/cpu-manager.ts'
import { anyMemory } from '../memory/memory-manager.ts'
import { TopologyManager } from '../topology/topology-manager.ts'
import { DeviceManager } from './device-manager.ts'
import { DevicePlugins } from './device-plugins.ts'
import { podResourcesServices, servePodResources } from './pod-resources.ts'
import { isExtendedResource, serveDeviceRegistration } from './registration.ts'

const resource = 'example.com/thing'
const device = (ID: string, health = 'Healthy') => ({ ID, health })
const pod = (uid: string, ...counts: number[]): Pod =>
  ({
    metadata: { name: `pod-${uid}`, namespace: 'default', uid },
    spec: { containers: counts.map((count, index) => ({ name: `c${index}`, resources: count ? { limits: { [resource]: String(count) } } : {} })) },
  }) as unknown as Pod

async function bench(t: TestContext, options: Partial<TestDevicePluginOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-dev-'))
  const directory = join(root, 'device-plugins')
  const clock = new FakeClock()
  const stop = new AbortController()
  const waiting: { met: () => boolean; resolve: () => void }[] = []
  const plugins = new DevicePlugins({
    clock,
    log: silentLogger,
    signal: stop.signal,
    onChange: () => {
      for (const { met, resolve } of waiting) if (met()) resolve()
    },
  })
  const manager = new DeviceManager({ plugins, checkpoint: join(directory, checkpointName) })
  const topology = new TopologyManager({ providers: [manager] })
  const registration = await serveDeviceRegistration(directory, plugins, silentLogger)
  const plugin = await startDevicePlugin({ directory, resource, devices: [device('a'), device('b'), device('c')], ...options })
  t.after(() => {
    stop.abort()
    plugins.close()
    plugin.close()
    registration.close()
    rmSync(root, { recursive: true, force: true })
  })
  const until = (met: () => boolean): Promise<void> | void => {
    if (!met()) return new Promise<void>((resolve) => waiting.push({ met, resolve }))
  }
  const counts = () => plugins.amounts().map(({ capacity, allocatable }) => [capacity, allocatable])[0]
  const ids = (uid: string) =>
    manager
      .entries()
      .filter(({ PodUID }) => PodUID === uid)
      .flatMap(({ DeviceIDs }) => DeviceIDs)
  return { root, directory, clock, plugins, manager, topology, plugin, until, counts, ids }
}

test('a plugin’s devices are the node’s capacity, those that work can be given, and all are lost some time after the plugin is', async (t) => {
  const { plugin, until, counts, clock } = await bench(t)
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  plugin.tell([device('a'), device('b', 'Unhealthy'), device('c')])
  await until(() => counts()?.[1] === 2)
  assert.deepEqual(counts(), [3, 2])
  plugin.close()
  await until(() => counts()?.[1] === 0)
  assert.deepEqual(counts(), [3, 0])
  await clock.advance(301_000)
  assert.deepEqual(counts(), [0, 0])
})

test('no two containers get the same device; too few are an error that names them; an end gives them back', async (t) => {
  const { plugin, until, counts, manager, topology, ids } = await bench(t)
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  await Promise.all([topology.admit(pod('one', 1)), topology.admit(pod('two', 0, 1))])
  assert.deepEqual([...ids('one'), ...ids('two')].sort(), ['a', 'b'])
  await assert.rejects(topology.admit(pod('three', 1, 1)), {
    reason: 'UnexpectedAdmissionError',
    message: 'Allocate failed due to requested number of devices unavailable for example.com/thing. Requested: 1, Available: 0, which is unexpected',
  })
  assert.deepEqual(ids('three'), [], 'what was given of a pod that was refused is free again')
  manager.release('one')
  await topology.admit(pod('three', 1, 1))
  assert.equal(ids('three').length, 2)
})

test('what a plugin gives along is the container’s, its preference counts, and it is told before a start where it asks', async (t) => {
  const { plugin, until, counts, manager, topology, ids } = await bench(t, {
    options: { pre_start_required: true, get_preferred_allocation_available: true },
    give: (given) => ({ envs: { THINGS: given.join() }, devices: [{ container_path: '/dev/thing', host_path: '/dev/null', permissions: 'rw' }] }),
  })
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  await topology.admit(pod('one', 2))
  assert.deepEqual(ids('one'), ['c', 'b'])
  const { envs, devices } = manager.of('one', 'c0')!
  assert.deepEqual([envs, devices[0]?.container_path], [{ THINGS: 'c,b' }, '/dev/thing'])
  await manager.beforeStart('one', 'c0')
  assert.deepEqual(plugin.calls.at(-1), { method: 'PreStartContainer', request: { devices_ids: ['c', 'b'] } })
  assert.equal(manager.of('one', 'other'), undefined)
  plugin.tell([device('b', 'Unhealthy'), device('c')])
  await until(() => counts()?.[1] === 1)
  const health = [
    { resourceID: 'c', health: 'Healthy' },
    { resourceID: 'b', health: 'Unhealthy' },
  ]
  assert.deepEqual(manager.health('one', 'c0'), [{ name: 'example.com/thing', resources: health }])
})

test('containers after an init container have its devices', async (t) => {
  const { plugin, until, counts, manager, topology } = await bench(t)
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  const own = pod('one', 3)
  const { containers } = own.spec
  await topology.admit({ ...own, spec: { ...own.spec, initContainers: [{ ...containers[0]!, name: 'init' }] } })
  assert.deepEqual(
    manager.entries().map(({ ContainerName, DeviceIDs }) => [ContainerName, DeviceIDs.length]),
    [
      ['init', 3],
      ['c0', 3],
    ],
  )
})

test('a restarted kubelet knows who has what, gives nothing new until the plugin is back, and then goes on', async (t) => {
  const { plugin, until, counts, manager, topology, directory, clock } = await bench(t)
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  await topology.admit(pod('one', 2))
  const plugins = new DevicePlugins({ clock, log: silentLogger, signal: new AbortController().signal, onChange() {} })
  const next = new DeviceManager({ plugins, checkpoint: join(directory, checkpointName) })
  await new TopologyManager({ providers: [next] }).admit(pod('one', 2))
  assert.deepEqual(next.of('one', 'c0'), manager.of('one', 'c0'))
  await assert.rejects(new TopologyManager({ providers: [next] }).admit(pod('two', 1)), /Requested: 1, Available: 0/)
  await plugins.add(resource, join(directory, 'example.com-thing.sock'))
  await new TopologyManager({ providers: [next] }).admit(pod('two', 1))
  await assert.rejects(new TopologyManager({ providers: [next] }).admit(pod('three', 1)), /Available: 0/)
  plugins.close()
})

test('a plugin of another version or with a name of Kubernetes’ own is refused', async (t) => {
  const { plugin } = await bench(t)
  await assert.rejects(plugin.register('v1alpha'), /requested API version \["v1alpha"\] is not supported by kubelet/)
  for (const bad of ['thing', 'kubernetes.io/thing', 'x.kubernetes.io/thing', 'a/b/c', '/x', 'requests.example.com/x'])
    assert.equal(isExtendedResource(bad), false, bad)
})

test('the pod resources API lists who has which devices', async (t) => {
  const { plugin, until, counts, manager, topology, plugins, root, ids } = await bench(t)
  await plugin.register()
  await until(() => counts()?.[1] === 3)
  await topology.admit(pod('one', 1))
  const server = await servePodResources(join(root, 'pod-resources'), {
    plugins,
    devices: manager,
    cpus: allCpus,
    memory: anyMemory,
    pods: () => [pod('one', 1)],
  })
  const agent = openPlugin(join(root, 'pod-resources', 'kubelet.sock'), podResourcesServices)
  t.after(() => {
    agent.close()
    server.close()
  })
  const { pod_resources: listed } = await agent.call<any>('PodResourcesLister', 'List', {})
  assert.deepEqual(listed[0].containers[0].devices[0].device_ids, ids('one'))
  const { devices } = await agent.call<any>('PodResourcesLister', 'GetAllocatableResources', {})
  assert.equal(devices[0].device_ids.length, 3)
  await assert.rejects(agent.call('PodResourcesLister', 'Get', { pod_name: 'x', pod_namespace: 'y' }), /NotFound/)
})
