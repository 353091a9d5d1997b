/**
 * Expansion: a bound claim that asks for more gets more, where the volume's maker lets its size be changed by saying so
 * (directories of a node: there is nothing to resize). Volumes of other makers are told to their own resizers.
 * In: claims, volumes. Out: capacity of volumes, status of claims. Upstream: pkg/controller/volume/expand.
 */
import type { PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { provisionerName } from '../local-path/volume.ts'
import { provisionedBy } from '../persistent-volume/annotations.ts'
import { writeStatus } from '../workload/status-write.ts'

export function volumeExpandController(): Controller {
  return {
    name: 'persistentvolume-expander-controller',
    eventSource: 'volume_expand',
    inputs: [
      input(persistentVolumeClaims, { keys: (claim, change) => (change !== 'delete' && wantsMore(claim) ? [keyOf(claim)] : []) }),
      input(persistentVolumes),
    ],
    outputs: [output(persistentVolumes, 'object', { shared: true }), output(persistentVolumeClaims, 'status', { shared: true })],
    async reconcile(key, { cache, client, events }) {
      const claim = cache(persistentVolumeClaims).byKey(key)
      const volume = claim && cache(persistentVolumes).byKey(claim.spec.volumeName ?? '')
      if (!claim || !volume || !wantsMore(claim) || volume.spec.claimRef?.uid !== claim.metadata.uid) return
      if (volume.metadata.annotations?.[provisionedBy] !== provisionerName) {
        events.event(claim, 'Warning', 'ExternalExpanding', 'waiting for an external controller to expand this PVC')
        return
      }
      const storage = claim.spec.resources.requests!.storage!
      if (compareQuantities(volume.spec.capacity?.storage ?? '0', storage) < 0)
        await client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec.capacity, storage } } })
      const conditions = (claim.status.conditions ?? []).filter(({ type }) => type !== 'Resizing' && type !== 'FileSystemResizePending')
      await writeStatus(client, persistentVolumeClaims, claim, { ...claim.status, capacity: { ...claim.status.capacity, storage }, conditions })
      events.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded')
    },
  }
}

function wantsMore({ spec, status }: PersistentVolumeClaim): boolean {
  const wanted = spec.resources?.requests?.storage
  const has = status?.capacity?.storage
  return status?.phase === 'Bound' && wanted !== undefined && has !== undefined && compareQuantities(wanted, has) > 0
}
