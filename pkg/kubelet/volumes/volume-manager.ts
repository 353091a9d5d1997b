/** Sets up a pod's volumes, keeps their contents current, and takes them down. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { CsiVolumes } from '../csi/csi-volumes.ts'
import { inlineSource, persistentSource } from '../csi/volume-source.ts'
import type { DownwardFacts } from '../env/field-ref.ts'
import type { KubeletPaths } from '../paths.ts'
import type { ObjectSource } from '../types.ts'
import { writeAtomically } from './atomic-writer.ts'
import { prepareHostPath } from './host-path.ts'
import type { ImageVolumes } from './image-volumes.ts'
import { isHugePagesMedium, pageSizeOf } from './huge-pages.ts'
import { mountHugePages, mountsBelow, mountTmpfs, unmount } from './mounts.ts'
import { mountNfs, type NfsSource } from './nfs.ts'
import { giveToGroup } from './ownership.ts'
import { payloadOf } from './payload.ts'
import { sharedMemory } from './shared-memory.ts'
import type { TokenSource } from './tokens.ts'

export interface MountedVolume {
  /** On the host: a directory, or the device of a raw block volume. */
  readonly path: string
  readonly readOnly: boolean
  readonly isBlock?: boolean
}

/** By the volume's name. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>

export interface VolumeEvent {
  readonly reason: 'FailedMount' | 'FailedMapVolume'
  readonly message: string
}

/** Some volumes are not there: an event tells of each. The others are. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
  readonly events: readonly VolumeEvent[]
  constructor(events: readonly VolumeEvent[]) {
    super(events.map(({ message }) => message).join('; '))
    this.events = events
  }
}

/** A claim, or the volume that it is bound to, is not as it must be: there is nothing to mount yet. */
class UnprocessedVolume extends Error {}
class UnmappedDevice extends Error {}

export interface VolumeManager {
  /** Idempotent: call at each sync, and contents follow their sources. Throws VolumeError. */
  setUp(pod: Pod, facts: DownwardFacts): Promise<MountedVolumes>
  /** Unmounts and removes everything below the pod's directory. */
  tearDown(podUid: string): Promise<void>
  /** Uids that have a directory here. */
  podsOnDisk(): readonly string[]
  /** Where a claim's volume lies, if the fullness of its file system is that of the volume: local and nfs ones. */
  claimPath(podUid: string, podVolume: string): string | undefined
  /** When the contents must be looked at again for a token's sake. */
  refreshAt(podUid: string): number | undefined
}

export interface VolumeManagerOptions {
  readonly paths: KubeletPaths
  readonly objects: ObjectSource
  readonly tokens: TokenSource
  /** Off in tests that are not root: secrets then lie on the disk. */
  readonly tmpfs?: boolean
  readonly images?: Pick<ImageVolumes, 'release'>
  readonly csi?: Pick<CsiVolumes, 'setUp' | 'tearDown'>
}

export function volumeManager({ paths, objects, tokens, tmpfs = true, images, csi }: VolumeManagerOptions): VolumeManager {
  const memory = async (path: string, size?: number) => {
    if (tmpfs) await mountTmpfs(path, size)
  }
  const inMemory = sharedMemory(paths, memory)

  /** By pod and what the pod calls it. */
  const claimPaths = new Map<string, string>()

  const setUpOne = async (pod: Pod, volume: Volume, facts: DownwardFacts): Promise<MountedVolume> => {
    const { uid } = pod.metadata
    const group = pod.spec.securityContext?.fsGroup
    const directory = (plugin: string): string => {
      const path = paths.volume(uid, plugin, volume.name)
      mkdirSync(path, { recursive: true })
      return path
    }
    const { emptyDir, hostPath, persistentVolumeClaim, nfs } = volume
    if (emptyDir) {
      const path = directory('empty-dir')
      const fresh = readdirSync(path).length === 0
      if (emptyDir.medium === 'Memory') await memory(path, emptyDir.sizeLimit ? Quantity.parse(emptyDir.sizeLimit).value() : undefined)
      else if (isHugePagesMedium(emptyDir.medium ?? '')) await mountHugePages(path, pageSizeOf(emptyDir.medium!, pod))
      else if (emptyDir.medium) throw new Error(`unknown storage medium "${emptyDir.medium}"`)
      // A file system in memory comes with these, and the sticky bit, which upstream leaves it.
      if (fresh && (statSync(path).mode & 0o777) !== 0o777) chmodSync(path, 0o777)
      if (fresh && group !== undefined) giveToGroup(path, group, 'Always')
      return { path, readOnly: false }
    }
    // Its content comes with the container that mounts it: the image may have to be pulled.
    if (volume.image) return { path: directory('image'), readOnly: true }
    if (hostPath) return { path: prepareHostPath(hostPath), readOnly: false }
    if (nfs) return nfsVolume(pod, volume.name, { ...nfs, readOnly: nfs.readOnly === true, options: [] })
    if (persistentVolumeClaim) return claim(pod, volume.name, persistentVolumeClaim.claimName, { readOnly: persistentVolumeClaim.readOnly === true })
    if (volume.csi && csi) return { path: await csi.setUp(pod, inlineSource(pod, volume)), readOnly: volume.csi.readOnly === true }
    // A claim of the pod's own, made by the controller of generic ephemeral volumes.
    if (volume.ephemeral) return claim(pod, volume.name, `${pod.metadata.name}-${volume.name}`, { readOnly: false, isOwn: true })
    const payload = await payloadOf({ pod, objects, tokens, facts }, volume)
    if (!payload) throw new Error('this kind of volume is not supported by this node')
    const plugin = volume.configMap ? 'configmap' : volume.secret ? 'secret' : volume.downwardAPI ? 'downward-api' : 'projected'
    // Of all of them only ConfigMaps may touch the disk, as upstream.
    const path = plugin === 'configmap' ? directory(plugin) : await inMemory.directory(uid, plugin, volume.name)
    chmodSync(path, 0o777)
    writeAtomically(path, payload, group)
    // Theirs are the kubelet's contents: no container writes there, as upstream.
    return { path, readOnly: true }
  }

  const claim = async (
    pod: Pod,
    podVolume: string,
    name: string,
    { readOnly, isOwn = false }: { readOnly: boolean; isOwn?: boolean },
  ): Promise<MountedVolume> => {
    const { namespace, uid } = pod.metadata
    const refuse = (why: string) => new UnprocessedVolume(`error processing PVC ${namespace}/${name}: ${why}`)
    const found = await objects.get(persistentVolumeClaims, { namespace, name }, uid)
    if (!found) throw refuse(`failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`)
    const { deletionTimestamp, finalizers } = found.metadata
    if (deletionTimestamp && !finalizers?.includes(protection)) throw refuse('PVC is being deleted')
    if (found.status?.phase !== 'Bound') throw refuse('PVC is not bound')
    const volumeName = found.spec?.volumeName
    if (!volumeName) throw refuse('PVC has empty pvc.Spec.VolumeName')
    if (isOwn && !found.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid)) {
      throw new UnprocessedVolume(`PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`)
    }
    const volume = await objects.get(persistentVolumes, { name: volumeName }, uid)
    if (!volume) throw refuse(`failed to fetch PV ${volumeName} from API server: persistentvolumes "${volumeName}" not found`)
    const { claimRef } = volume.spec
    if (!claimRef) throw refuse(`found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`)
    if (claimRef.uid !== found.metadata.uid) {
      throw refuse(`found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${claimRef.uid ?? ''} does not point to claim.UID ${found.metadata.uid}`)
    }
    refuseOtherMode(pod, podVolume, volume.spec.volumeMode ?? 'Filesystem')
    if (volume.spec.volumeMode === 'Block') return blockDevice(pod, { podVolume, volume, found, readOnly })
    const { hostPath, local, nfs } = volume.spec ?? {}
    if (hostPath) return { path: prepareHostPath(hostPath), readOnly }
    if (local) {
      if (!existsSync(local.path)) throw new Error(`path "${local.path}" does not exist`)
      const group = pod.spec.securityContext?.fsGroup
      if (group !== undefined) giveToGroup(local.path, group, pod.spec.securityContext?.fsGroupChangePolicy ?? 'Always')
      claimPaths.set(`${uid}/${podVolume}`, local.path)
      return { path: local.path, readOnly }
    }
    if (nfs) {
      const mounted = await nfsVolume(pod, volumeName, { ...nfs, readOnly: readOnly || nfs.readOnly === true, options: volume.spec.mountOptions ?? [] })
      claimPaths.set(`${uid}/${podVolume}`, mounted.path)
      return mounted
    }
    if (volume.spec.csi && csi)
      return { path: await csi.setUp(pod, persistentSource(podVolume, volume, found, readOnly)), readOnly: readOnly || volume.spec.csi.readOnly === true }
    throw new Error(`persistentvolume "${volumeName}" is of a kind that this node does not support`)
  }

  const nfsVolume = async (pod: Pod, name: string, source: NfsSource): Promise<MountedVolume> => {
    const path = paths.volume(pod.metadata.uid, 'nfs', name)
    mkdirSync(path, { recursive: true, mode: 0o750 })
    await mountNfs(source, path)
    return { path, readOnly: source.readOnly }
  }

  /** The pod has it by a link of its own, as upstream makes them. */
  const blockDevice = async (
    pod: Pod,
    { podVolume, volume, found, readOnly }: { podVolume: string; volume: PersistentVolume; found: PersistentVolumeClaim; readOnly: boolean },
  ): Promise<MountedVolume> => {
    const { metadata, spec } = volume
    try {
      let device: string
      if (spec.local) device = spec.local.path
      else if (spec.csi && csi) device = await csi.setUp(pod, persistentSource(podVolume, volume, found, readOnly))
      else throw new Error('MapVolume.FindMapperPluginBySpec failed to find BlockVolumeMapper plugin. Volume plugin is nil.')
      if (!statSync(device, { throwIfNoEntry: false })?.isBlockDevice()) throw new Error(`${device} is not a block device`)
      const link = paths.device(pod.metadata.uid, spec.local ? 'local-volume' : 'csi', metadata.name)
      mkdirSync(dirname(link), { recursive: true, mode: 0o750 })
      rmSync(link, { force: true })
      symlinkSync(device, link)
      return { path: link, readOnly: readOnly || spec.csi?.readOnly === true, isBlock: true }
    } catch (error) {
      throw new UnmappedDevice((error as Error).message)
    }
  }

  return {
    async setUp(pod, facts) {
      const mounted = new Map<string, MountedVolume>()
      const errors: [volume: string, error: Error][] = []
      for (const volume of pod.spec.volumes ?? []) {
        try {
          mounted.set(volume.name, await setUpOne(pod, volume, facts))
        } catch (error) {
          errors.push([volume.name, error as Error])
        }
      }
      if (errors.length > 0) throw new VolumeError(eventsOf(errors))
      return mounted
    },
    async tearDown(uid) {
      for (const key of claimPaths.keys()) if (key.startsWith(`${uid}/`)) claimPaths.delete(key)
      const directory = paths.pod(uid)
      if (!existsSync(directory)) return
      await csi?.tearDown(uid)
      await images?.release(join(directory, 'volumes', 'kubernetes.io~image'))
      for (const mount of mountsBelow(directory)) await unmount(mount)
      // What is still mounted must not be emptied.
      if (mountsBelow(directory).length > 0) throw new Error(`volumes of pod ${uid} are still mounted`)
      inMemory.remove(uid)
      rmSync(directory, { recursive: true, force: true })
      tokens.forgetPod(uid)
    },
    podsOnDisk: () => (existsSync(paths.pods) ? readdirSync(paths.pods) : []),
    claimPath: (uid, podVolume) => claimPaths.get(`${uid}/${podVolume}`),
    refreshAt: (uid) => tokens.refreshAt(uid),
  }
}

const protection = 'kubernetes.io/pvc-protection'

/** A container mounts it that must have it as a device, or the other way round. */
function refuseOtherMode({ spec }: Pod, volume: string, mode: string): void {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  const uses = (key: 'volumeMounts' | 'volumeDevices') => containers.some((each) => each[key]?.some(({ name }) => name === volume))
  const wrong = mode === 'Block' ? 'volumeMounts' : 'volumeDevices'
  if (uses(wrong)) throw new UnprocessedVolume(`volume ${volume} has volumeMode ${mode}, but is specified in ${wrong}`)
}

/** One for each volume that cannot be set up, and one for all that there is nothing of to set up yet. */
function eventsOf(errors: readonly (readonly [volume: string, error: Error])[]): VolumeEvent[] {
  const list = (names: readonly string[]) => `[${[...names].sort().join(' ')}]`
  const unprocessed = errors.filter(([, error]) => error instanceof UnprocessedVolume)
  const events = errors.flatMap(([volume, error]): VolumeEvent[] => {
    if (error instanceof UnprocessedVolume) return []
    if (error instanceof UnmappedDevice)
      return [{ reason: 'FailedMapVolume', message: `MapVolume.MapPodDevice failed for volume "${volume}" : ${error.message}` }]
    return [{ reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "${volume}" : ${error.message}` }]
  })
  if (unprocessed.length === 0) return events
  const [unmounted, failed] = [errors, unprocessed].map((each) => list(each.map(([name]) => name)))
  const why = unprocessed.map(([, { message }]) => message).join('; ')
  const message = `Unable to attach or mount volumes: unmounted volumes=${unmounted}, unattached volumes=[], failed to process volumes=${failed}: ${why}`
  return [...events, { reason: 'FailedMount', message }]
}
