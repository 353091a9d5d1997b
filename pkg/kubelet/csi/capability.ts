/** How a volume is to be had, in CSI's words. */
import type { PersistentVolumeAccessMode } from '#api/gen/core/v1.ts'

export interface CapabilityInput {
  readonly isBlock: boolean
  readonly fsType: string
  readonly mountOptions: readonly string[]
  readonly accessModes: readonly PersistentVolumeAccessMode[]
  /** The driver tells one writer in all from one writer a node. */
  readonly singleWriter: boolean
  /** For drivers that give the volume to the group themselves. */
  readonly group: number | undefined
}

export function volumeCapability({ isBlock, fsType, mountOptions, accessModes, singleWriter, group }: CapabilityInput): object {
  return {
    ...(isBlock ? { block: {} } : { mount: { fs_type: fsType, mount_flags: mountOptions, volume_mount_group: group === undefined ? '' : String(group) } }),
    access_mode: { mode: accessMode(accessModes, singleWriter) },
  }
}

/** The volume's first mode decides. */
function accessMode([mode = 'ReadWriteOnce']: readonly PersistentVolumeAccessMode[], singleWriter: boolean): string {
  switch (mode) {
    case 'ReadWriteMany':
      return 'MULTI_NODE_MULTI_WRITER'
    case 'ReadOnlyMany':
      return 'MULTI_NODE_READER_ONLY'
    case 'ReadWriteOncePod':
      return singleWriter ? 'SINGLE_NODE_SINGLE_WRITER' : 'SINGLE_NODE_WRITER'
    default:
      return singleWriter ? 'SINGLE_NODE_MULTI_WRITER' : 'SINGLE_NODE_WRITER'
  }
}

export type FsGroupPolicy = 'ReadWriteOnceWithFSType' | 'File' | 'None'

/** Whether the kubelet itself gives the files to fsGroup. */
export function takesFsGroup(policy: FsGroupPolicy, { fsType, accessModes }: Pick<CapabilityInput, 'fsType' | 'accessModes'>): boolean {
  if (policy === 'None') return false
  if (policy === 'File') return true
  return fsType !== '' && accessModes.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod')
}
