/** What is kept on disk of each mounted CSI volume, in upstream's places and words: a restarted kubelet finds in it what to take down. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface VolumeData {
  readonly specVolID: string
  readonly volumeHandle: string
  readonly driverName: string
  readonly nodeName: string
  readonly attachmentID: string
  readonly volumeLifecycleMode: 'Persistent' | 'Ephemeral'
}

const fileName = 'vol_data.json'

export function writeVolumeData(directory: string, data: VolumeData): void {
  mkdirSync(directory, { recursive: true, mode: 0o750 })
  writeFileSync(join(directory, fileName), JSON.stringify(data))
}

export function readVolumeData(directory: string): VolumeData | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, fileName), 'utf8')) as VolumeData
  } catch {
    return undefined
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const attachmentId = (handle: string, driver: string, nodeName: string): string => `csi-${sha256(`${handle}${driver}${nodeName}`)}`

/** The handle of a volume that lives and ends with its pod. */
export const ephemeralHandle = (podUid: string, volume: string): string => `csi-${sha256(`${podUid}${volume}`)}`

/** As node.status and the attach/detach controller call it. */
export const uniqueName = ({ driverName, volumeHandle }: Pick<VolumeData, 'driverName' | 'volumeHandle'>): string =>
  `kubernetes.io/csi/${driverName}^${volumeHandle}`

export interface CsiPaths {
  /** Of all volumes of a pod. */
  ofPod(podUid: string): string
  /** Holds the data file, and "mount", where the driver mounts it for the pod. */
  published(podUid: string, volume: string): string
  /** Holds the data file, and "globalmount", where the driver mounts it once for the node. */
  staged(driver: string, handle: string): string
  readonly allStaged: string
}

export function csiPaths(rootDir: string): CsiPaths {
  const allStaged = join(rootDir, 'plugins', 'kubernetes.io', 'csi')
  const ofPod = (podUid: string) => join(rootDir, 'pods', podUid, 'volumes', 'kubernetes.io~csi')
  return {
    ofPod,
    allStaged,
    published: (podUid, volume) => join(ofPod(podUid), volume),
    staged: (driver, handle) => join(allStaged, driver, sha256(handle)),
  }
}

export function directoriesIn(path: string): string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name)
}
