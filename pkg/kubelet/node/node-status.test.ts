import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { completeConfiguration } from '../configuration/load.ts'
import type { KubeletConfiguration } from '../configuration/fields.ts'
import type { KubeletContext } from '../context.ts'
import type { Image } from '../cri/types.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { machine } from './machine.ts'
import { NodeReporter } from './node-status.ts'

async function registered(settings: KubeletConfiguration, images: readonly Image[] = [], pressure: readonly string[] = []): Promise<Node> {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const cri = fakeCri(clock)
  cri.images.listImages = async () => images
  const configuration = completeConfiguration(settings)
  const context = { client, clock, log: silentLogger, nodeName: 'n1', nodeAddress: '192.0.2.1', cri, configuration } as unknown as KubeletContext
  const reporter = new NodeReporter({
    context,
    machine: { ...machine(tmpdir()), cpus: 4 },
    version: 'v1.36.0',
    labels: { 'example.com/rack': 'a' },
    podCidrs: ['10.244.1.0/24'],
    runtimeVersion: 'containerd://2.0.0',
    pressure: () => pressure,
    shuttingDown: () => false,
    volumesInUse: () => ['csi/one'],
    devices: () => [{ resource: 'example.com/thing', capacity: 3, allocatable: 2 }],
    signal: new AbortController().signal,
  })
  await reporter.register()
  return client.peek(nodes, undefined, 'n1')!
}

const image = (name: string, size: number): Image => ({
  id: name,
  repoTags: [`${name}:1`],
  repoDigests: [`${name}@sha256:1`],
  size,
  uid: null,
  username: '',
  pinned: false,
})

test('a node registers with its labels, taints, ranges, addresses and what it has', async () => {
  const { metadata, spec, status } = await registered({
    registerWithTaints: [{ key: 'example.com/new', effect: 'NoSchedule' }],
    systemReserved: { cpu: '500m' },
    kubeReserved: { cpu: '250m' },
  } as never)
  assert.equal(metadata.labels?.['example.com/rack'], 'a')
  assert.equal(metadata.labels?.['kubernetes.io/hostname'], 'n1')
  assert.deepEqual(spec?.taints, [{ key: 'example.com/new', effect: 'NoSchedule' }])
  assert.deepEqual(spec?.podCIDRs, ['10.244.1.0/24'])
  assert.deepEqual(status?.addresses, [
    { type: 'InternalIP', address: '192.0.2.1' },
    { type: 'Hostname', address: 'n1' },
  ])
  assert.deepEqual([status?.capacity?.cpu, status?.allocatable?.cpu], ['4', '3250m'])
  assert.deepEqual([status?.capacity?.['example.com/thing'], status?.allocatable?.['example.com/thing']], ['3', '2'])
  assert.deepEqual(status?.volumesInUse, ['csi/one'])
  assert.equal(status?.nodeInfo?.containerRuntimeVersion, 'containerd://2.0.0')
})

test('its images are told by all their names, the largest first, as many as nodeStatusMaxImages', async () => {
  const images = [image('small', 1), image('large', 3), image('middle', 2)]
  const sizes = async (nodeStatusMaxImages: number) => (await registered({ nodeStatusMaxImages }, images)).status?.images?.map(({ sizeBytes }) => sizeBytes)
  assert.deepEqual(await sizes(2), [3, 2])
  assert.deepEqual(await sizes(-1), [3, 2, 1])
  assert.deepEqual((await registered({ nodeStatusMaxImages: 1 }, images)).status?.images, [{ names: ['large@sha256:1', 'large:1'], sizeBytes: 3 }])
})

test('its conditions say what presses it', async () => {
  const { status } = await registered({}, [], ['DiskPressure'])
  assert.deepEqual(
    status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason]),
    [
      ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
      ['DiskPressure', 'True', 'KubeletHasDiskPressure'],
      ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
      ['Ready', 'True', 'KubeletReady'],
    ],
  )
})
