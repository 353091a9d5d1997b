/** One volume's phase by its claim, and what becomes of it after the claim. */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { provisionedBy, volumeModeOf } from './annotations.ts'
import { setVolumePhase, unbind } from './binding.ts'

/** `wakeClaim`: lets the claim be looked at, which finishes the binding from its side. */
export async function syncVolume(volume: PersistentVolume, wakeClaim: (key: string) => void, context: ControllerContext): Promise<void> {
  const reference = volume.spec.claimRef
  if (!reference) return void (await setVolumePhase(volume, 'Available', '', context))
  const key = `${reference.namespace}/${reference.name}`
  if (!reference.uid) {
    await setVolumePhase(volume, 'Available', '', context)
    return wakeClaim(key)
  }
  const claim = await claimOf(volume, context)
  if (!claim) return release(volume, context)
  const { volumeName } = claim.spec
  if (!volumeName) {
    if (volumeModeOf(volume) !== volumeModeOf(claim)) sayModesDiffer(volume, claim, context)
    else wakeClaim(key)
  } else if (volumeName === volume.metadata.name) await setVolumePhase(volume, 'Bound', '', context)
  else if (volume.metadata.annotations?.[provisionedBy] !== undefined && volume.spec.persistentVolumeReclaimPolicy === 'Delete') await release(volume, context)
  else await unbind(volume, context)
}

/** The claim with the uid that the volume names. A cache that is late must not cost anyone his data, so the API has the last word. */
async function claimOf({ spec, status }: PersistentVolume, { cache, client }: ControllerContext): Promise<PersistentVolumeClaim | undefined> {
  const { namespace, name, uid } = spec.claimRef!
  const cached = cache(persistentVolumeClaims).get(namespace, name!)
  if (cached?.metadata.uid === uid) return cached
  if (!cached && (status?.phase === 'Released' || status?.phase === 'Failed')) return undefined
  try {
    const live = await client.get(persistentVolumeClaims, { namespace: namespace!, name: name! })
    return live.metadata.uid === uid ? live : undefined
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function release(volume: PersistentVolume, context: ControllerContext): Promise<void> {
  const phase = volume.status?.phase
  const released = phase === 'Released' || phase === 'Failed' ? volume : await setVolumePhase(volume, 'Released', '', context)
  await reclaim(released, context)
}

/** Retained ones stay as they are; those of an outside provisioner are deleted by it. */
async function reclaim(volume: PersistentVolume, context: ControllerContext): Promise<void> {
  const policy = volume.spec.persistentVolumeReclaimPolicy
  const fail = async (reason: string, message: string) => {
    if (volume.status?.phase === 'Failed') return
    await setVolumePhase(volume, 'Failed', message, context)
    context.events.event(volume, 'Warning', reason, message)
  }
  if (policy === 'Recycle') return fail('VolumeFailedRecycle', 'No recycler plugin found for the volume!')
  if (policy !== 'Delete') return
  const maker = volume.metadata.annotations?.[provisionedBy]
  if (maker !== undefined && !maker.startsWith('kubernetes.io/')) return
  if (volume.spec.csi) return
  const { hostPath } = volume.spec
  if (hostPath && !/^\/tmp\/.+/.test(hostPath.path))
    return fail('VolumeFailedDelete', `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`)
  // Of what else kube-controller-manager has a plugin for, none can delete.
  const why = hostPath || volume.spec.nfs ? 'no deletable volume plugin matched' : 'no volume plugin matched'
  await fail('VolumeFailedDelete', `error getting deleter volume plugin for volume "${volume.metadata.name}": ${why}`)
}

function sayModesDiffer(volume: PersistentVolume, claim: PersistentVolumeClaim, { events }: ControllerContext): void {
  const [of, to] = [volume.metadata.name, claim.metadata.name]
  events.event(volume, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${to}" due to incompatible volumeMode.`)
  events.event(
    claim,
    'Warning',
    'VolumeMismatch',
    `Cannot bind PersistentVolume "${of}" to requested PersistentVolumeClaim "${to}" due to incompatible volumeMode.`,
  )
}
