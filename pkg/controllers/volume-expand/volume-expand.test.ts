import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { volumeExpandController } from './index.ts'

function given(t: { after(fn: () => unknown): void }, volume: object, annotations: Record<string, string> = {}) {
  const it = testControllers(t, { controllers: [volumeExpandController()] })
  it.client.seed(persistentVolumes, {
    metadata: { name: 'v', annotations },
    spec: { capacity: { storage: '5Gi' }, claimRef: { namespace: 'n', name: 'c', uid: 'c' }, ...volume },
  })
  it.client.seed(persistentVolumeClaims, {
    metadata: { namespace: 'n', name: 'c', uid: 'c' },
    spec: { volumeName: 'v', resources: { requests: { storage: '5Gi' } } },
    status: { phase: 'Bound', capacity: { storage: '5Gi' }, conditions: [{ type: 'Other', status: 'True' }] },
  })
  return {
    ...it,
    grow: (storage: string) =>
      it.client.patch(persistentVolumeClaims, { namespace: 'n', name: 'c' }, { spec: { resources: { requests: { storage } } } }, { type: 'merge' }),
    told: () => it.client.all(events).map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
  }
}

const local = { 'pv.kubernetes.io/provisioned-by': 'k8ts.io/local-path' }

test('a directory grows: what is being allocated is written first, then the volume, then the claim', async (t) => {
  const { client, settled, grow, told } = given(t, { local: { path: '/x' } }, local)
  await settled()
  const seen: unknown[] = []
  const done = client.actions.length
  await grow('8Gi')
  await settled()
  for (const { resource, object } of client.actions.slice(done + 1)) {
    const { status, spec } = object as any
    if (resource === 'persistentvolumeclaims')
      seen.push([status.capacity.storage, status.allocatedResources.storage, status.allocatedResourceStatuses?.storage])
    if (resource === 'persistentvolumes') seen.push(spec.capacity.storage)
  }
  assert.deepEqual(seen, [['5Gi', '8Gi', 'ControllerResizeInProgress'], '8Gi', ['8Gi', '8Gi', undefined]])
  const { status } = client.peek(persistentVolumeClaims, 'n', 'c')!
  assert.deepEqual(
    status.conditions?.map(({ type }) => type),
    ['Other'],
  )
  assert.deepEqual(told(), ['Normal VolumeResizeSuccessful: ExpandVolume succeeded for volume n/c'])
})

const external = 'waiting for an external controller to expand this PVC'
const migrated = (plugin: string) => `CSI migration enabled for kubernetes.io/${plugin}; waiting for external resizer to expand the pvc`
for (const [kind, volume, says, resizer] of [
  ['a driver', { csi: { driver: 'd', volumeHandle: 'h' } }, external, undefined],
  ['nobody', { hostPath: { path: '/x' } }, external, undefined],
  ['what was a plugin once', { gcePersistentDisk: { pdName: 'disk' } }, migrated('gce-pd'), 'pd.csi.storage.gke.io'],
] as const)
  test(`a volume of ${kind} is left to grow elsewhere, and that is said once for each wish`, async (t) => {
    const { client, settled, grow, told } = given(t, volume)
    await settled()
    assert.deepEqual(told(), [])
    await grow('8Gi')
    await settled()
    assert.deepEqual(told(), [`Normal ExternalExpanding: ${says}`])
    const { annotations = {} } = client.peek(persistentVolumeClaims, 'n', 'c')!.metadata
    assert.equal(annotations['volume.kubernetes.io/storage-resizer'], resizer)
    await client.patch(persistentVolumeClaims, { namespace: 'n', name: 'c' }, { metadata: { labels: { a: 'b' } } }, { type: 'merge' })
    await settled()
    assert.equal(client.all(events)[0]?.count ?? 1, 1)
    assert.equal(client.peek(persistentVolumes, undefined, 'v')?.spec.capacity?.storage, '5Gi')
  })
