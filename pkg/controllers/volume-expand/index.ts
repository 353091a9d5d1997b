/**
 * Expansion: a bound claim that asks for more gets more, where the volume's maker lets its size be changed by saying so
 * (directories of a node: there is nothing to resize). Volumes of other makers are told to their own resizers.
 * In: claims, volumes. Out: capacity of volumes, status of claims. Upstream: pkg/controller/volume/expand, with the states of
 * KEP-1790 (RecoverVolumeExpansionFailure): what is being allocated is written before anything changes.
 */
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimCondition } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { provisionerName } from '../local-path/volume.ts'
import { provisionedBy } from '../persistent-volume/annotations.ts'
import { driverOfPlugin, pluginOfVolume } from '../persistent-volume/migrated.ts'
import { writeStatus } from '../workload/status-write.ts'

const resizer = 'volume.kubernetes.io/storage-resizer'
const resizeConditions = new Set(['Resizing', 'FileSystemResizePending', 'ControllerResizeError', 'NodeResizeError'])

export function volumeExpandController(): Controller {
  return {
    name: 'persistentvolume-expander-controller',
    account: 'expand-controller',
    eventSource: 'volume_expand',
    workers: 10,
    inputs: [
      input(persistentVolumeClaims, {
        keys: (claim, change, previous) => {
          // A retry of what failed is the resizer's; we tell once for each wish.
          const isNew = change === 'add' || (previous && (requested(previous) !== requested(claim) || !wantsMore(previous)))
          return change !== 'delete' && isNew && wantsMore(claim) ? [keyOf(claim)] : []
        },
      }),
      input(persistentVolumes),
    ],
    outputs: [output(persistentVolumes, 'object', { shared: true }), output(persistentVolumeClaims, 'status', { shared: true })],
    async reconcile(key, context) {
      const { cache, events } = context
      const claim = cache(persistentVolumeClaims).byKey(key)
      if (!claim || !wantsMore(claim)) return
      const volume = cache(persistentVolumes).byKey(claim.spec.volumeName ?? '')
      if (!volume) throw new Error(`failed to get PV "${claim.spec.volumeName}": persistentvolumes "${claim.spec.volumeName}" not found`)
      if (volume.spec.claimRef?.uid !== claim.metadata.uid) throw new Error(`persistent Volume is not bound to PVC being updated : ${key}`)
      if (volume.metadata.annotations?.[provisionedBy] === provisionerName) return expand(claim, volume, context)
      const plugin = pluginOfVolume(volume)
      if (plugin) return leaveToDriver(claim, plugin, context)
      events.event(claim, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC')
    },
  }
}

/** Its driver's resizer finds the claims that are its own by an annotation. */
async function leaveToDriver(claim: PersistentVolumeClaim, plugin: string, { client, events }: ControllerContext): Promise<void> {
  events.event(claim, 'Normal', 'ExternalExpanding', `CSI migration enabled for ${plugin}; waiting for external resizer to expand the pvc`)
  const driver = driverOfPlugin(plugin)!
  if (claim.metadata.annotations?.[resizer] === driver) return
  const { namespace, name, uid } = claim.metadata
  const patch = { metadata: { uid, annotations: { [resizer]: driver } } }
  await client.patch(persistentVolumeClaims, { namespace: namespace!, name }, patch, { type: 'strategic', subresource: 'status' })
}

async function expand(claim: PersistentVolumeClaim, volume: PersistentVolume, { client, clock, events }: ControllerContext): Promise<void> {
  const storage = requested(claim)!
  const conditions = (claim.status.conditions ?? []).filter(({ type }) => !resizeConditions.has(type))
  const resizing = { type: 'Resizing', status: 'True', lastTransitionTime: rfc3339(clock.now()) } as PersistentVolumeClaimCondition
  const begun = await writeStatus(client, persistentVolumeClaims, claim, {
    ...claim.status,
    allocatedResources: { ...claim.status.allocatedResources, storage },
    allocatedResourceStatuses: { ...claim.status.allocatedResourceStatuses, storage: 'ControllerResizeInProgress' },
    conditions: [...conditions, claim.status.conditions?.find(({ type, status }) => type === 'Resizing' && status === 'True') ?? resizing],
  })
  if (compareQuantities(volume.spec.capacity?.storage ?? '0', storage) < 0)
    await client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec.capacity, storage } } })
  const { allocatedResourceStatuses = {}, ...status } = begun.status
  const { storage: _done, ...others } = allocatedResourceStatuses
  await writeStatus(client, persistentVolumeClaims, begun, {
    ...status,
    ...(Object.keys(others).length > 0 ? { allocatedResourceStatuses: others } : {}),
    capacity: { ...status.capacity, storage },
    conditions,
  })
  events.event(claim, 'Normal', 'VolumeResizeSuccessful', `ExpandVolume succeeded for volume ${keyOf(claim)}`)
}

function requested({ spec }: PersistentVolumeClaim): string | undefined {
  return spec.resources?.requests?.storage
}

function wantsMore(claim: PersistentVolumeClaim): boolean {
  const wanted = requested(claim)
  const has = claim.status?.capacity?.storage
  return claim.status?.phase === 'Bound' && wanted !== undefined && has !== undefined && compareQuantities(wanted, has) > 0
}
