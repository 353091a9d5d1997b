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
  /** Of raw block volumes: below it "staging/NAME", "publish/NAME/POD-UID" and, for the data file, "NAME/data". */
  readonly devices: string
}

/** Where a volume's parts lie on this node. */
export interface VolumePlace {
  /** Holds the data file. */
  readonly directory: string
  /** What the driver is told to publish to. */
  readonly target: string
  /** Holds the data file of what is staged; a raw block volume has but one. */
  readonly stagedDirectory: string
  readonly staging: string
}

export function volumePlace(paths: CsiPaths, podUid: string, { specVolID, driverName, volumeHandle }: VolumeData, isBlock: boolean): VolumePlace {
  if (isBlock) {
    const directory = join(paths.devices, specVolID, 'data')
    const staging = join(paths.devices, 'staging', specVolID)
    return { directory, target: join(paths.devices, 'publish', specVolID, podUid), stagedDirectory: directory, staging }
  }
  const [directory, stagedDirectory] = [paths.published(podUid, specVolID), paths.staged(driverName, volumeHandle)]
  return { directory, target: join(directory, 'mount'), stagedDirectory, staging: join(stagedDirectory, 'globalmount') }
}

export function csiPaths(rootDir: string): CsiPaths {
  const allStaged = join(rootDir, 'plugins', 'kubernetes.io', 'csi')
  const ofPod = (podUid: string) => join(rootDir, 'pods', podUid, 'volumes', 'kubernetes.io~csi')
  return {
    ofPod,
    allStaged,
    devices: join(allStaged, 'volumeDevices'),
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
