/** Which volumes have to be attached to a node, by the pods that are on it. */
import { createHash } from 'node:crypto'
import type { PersistentVolume, Pod } from '#api/gen/core/v1.ts'
import type { CSIDriver } from '#api/gen/storage/v1.ts'
import { csiDrivers, nodes, persistentVolumeClaims, persistentVolumes, pods } from '#api/gen/resources.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { claimsOfPod } from '../persistent-volume/index.ts'

const keepTerminated = 'volumes.kubernetes.io/keep-terminated-pod-volumes'

export interface WantedVolume {
  readonly volume: PersistentVolume
  /** The pods that use it there. */
  readonly pods: readonly Pod[]
}

/** By the name of the volume. */
export function wantedOn(nodeName: string, { cache }: ControllerContext): Map<string, WantedVolume> {
  const wanted = new Map<string, { volume: PersistentVolume; pods: Pod[] }>()
  const keeps = cache(nodes).byKey(nodeName)?.metadata.annotations?.[keepTerminated] === 'true'
  for (const pod of cache(pods).byIndex('node', nodeName)) {
    if (isOver(pod) && !keeps) continue
    for (const key of claimsOfPod(pod)) {
      const claim = cache(persistentVolumeClaims).byKey(key)
      const volume = claim?.status?.phase === 'Bound' ? cache(persistentVolumes).byKey(claim.spec.volumeName ?? '') : undefined
      if (!volume || volume.spec.claimRef?.uid !== claim!.metadata.uid || !needsAttaching(volume, cache)) continue
      const known = wanted.get(volume.metadata.name) ?? { volume, pods: [] }
      known.pods.push(pod)
      wanted.set(volume.metadata.name, known)
    }
  }
  return wanted
}

/** None of its containers runs or will. */
function isOver({ metadata, status }: Pod): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true
  return metadata.deletionTimestamp !== undefined && (status?.containerStatuses ?? []).every(({ state }) => state?.terminated || state?.waiting)
}

/** A driver that nobody described needs it. */
function needsAttaching({ spec }: PersistentVolume, cache: ControllerContext['cache']): boolean {
  if (!spec.csi) return false
  const driver: CSIDriver | undefined = cache(csiDrivers).byKey(spec.csi.driver)
  return driver?.spec.attachRequired !== false
}

/** As the kubelet calls the volume in its node's status. */
export function uniqueName({ spec }: PersistentVolume): string {
  return `kubernetes.io/csi/${spec.csi!.driver}^${spec.csi!.volumeHandle}`
}

/** The name of a VolumeAttachment says what it attaches where, so that two controllers cannot make two. */
export function attachmentName({ spec }: PersistentVolume, nodeName: string): string {
  return `csi-${createHash('sha256').update(`${spec.csi!.volumeHandle}${spec.csi!.driver}${nodeName}`).digest('hex')}`
}

/** Only one node may have it. */
export function isExclusive({ spec }: PersistentVolume): boolean {
  const modes = spec.accessModes ?? []
  return modes.length > 0 && !modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
}
