/**
 * CSI volumes of this node: attached, staged once for the node, published for each pod, and taken down in reverse. What is mounted is
 * on disk beside it, so that a restarted kubelet goes on where the last one was.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { PluginError } from '../plugins/channel.ts'
import type { ObjectSource } from '../types.ts'
import { giveToGroup } from '../volumes/ownership.ts'
import { isMounted as isMountPoint } from '../volumes/mounts.ts'
import type { TokenSource } from '../volumes/tokens.ts'
import { type AttachmentOptions, attachedContext } from './attachment.ts'
import { type FsGroupPolicy, takesFsGroup, volumeCapability } from './capability.ts'
import type { CsiDriver, CsiDrivers } from './drivers.ts'
import { expandOnNode } from './expand.ts'
import type { VolumeStats } from './messages.ts'
import { attachmentId, type CsiPaths, directoriesIn, readVolumeData, uniqueName, type VolumeData, volumePlace, writeVolumeData } from './volume-data.ts'
import { accountTokens, type CsiSource, driverSpec, podInfo, secretData } from './volume-source.ts'

export interface CsiVolumesOptions extends AttachmentOptions {
  readonly drivers: CsiDrivers
  readonly paths: CsiPaths
  readonly objects: ObjectSource
  readonly tokens: Pick<TokenSource, 'issue'>
  /** Writes node.status.volumesInUse: no volume is mounted before it stands there. */
  readonly reportInUse: () => Promise<void>
  readonly onExpanded: (pod: Pod, source: CsiSource) => void
  /** For tests that are not root. */
  readonly isMounted?: (path: string) => boolean
}

interface Published {
  readonly podUid: string
  readonly data: VolumeData
  readonly isBlock: boolean
  publishedAt: number
  /** The driver has refused it: there is nothing for it to take down. */
  isRefused: boolean
}

/** How often a driver that asks for it is told again to publish what it has published. */
const republishMs = 60_000
/** These leave open whether the driver has done it: what it may have mounted is still taken down. */
const openEnds: ReadonlySet<number> = new Set([1, 4, 8, 10, 14])

export class CsiVolumes {
  readonly #options: CsiVolumesOptions
  /** By pod and volume. */
  readonly #published = new Map<string, Published>()
  readonly #staged = new Map<string, VolumeData>()
  readonly #attaching = new Set<string>()
  /** What pods call their volumes, by pod and that name. */
  readonly #names = new Map<string, string>()
  readonly #isMounted: (path: string) => boolean
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: CsiVolumesOptions) {
    this.#options = options
    this.#isMounted = options.isMounted ?? isMountPoint
  }

  /** Finds what a kubelet before this one mounted. */
  recover(podUids: readonly string[]): void {
    const { paths } = this.#options
    for (const podUid of podUids) {
      for (const name of directoriesIn(paths.ofPod(podUid))) {
        const data = readVolumeData(paths.published(podUid, name))
        if (data) this.#published.set(`${podUid}/${name}`, { podUid, data, isBlock: false, publishedAt: 0, isRefused: false })
      }
    }
    for (const name of directoriesIn(paths.devices)) {
      const data = readVolumeData(join(paths.devices, name, 'data'))
      if (!data) continue
      if (existsSync(join(paths.devices, 'staging', name))) this.#staged.set(uniqueName(data), data)
      for (const podUid of namesIn(join(paths.devices, 'publish', name))) {
        this.#published.set(`${podUid}/${name}`, { podUid, data, isBlock: true, publishedAt: 0, isRefused: false })
      }
    }
    for (const driver of directoriesIn(paths.allStaged)) {
      for (const name of directoriesIn(join(paths.allStaged, driver))) {
        const data = readVolumeData(join(paths.allStaged, driver, name))
        if (data) this.#staged.set(uniqueName(data), data)
      }
    }
  }

  /** What the attach/detach controller must not take away: node.status.volumesInUse. */
  inUse(): string[] {
    const published = [...this.#published.values()].filter(({ data }) => data.volumeLifecycleMode === 'Persistent').map(({ data }) => uniqueName(data))
    return [...new Set([...published, ...this.#staged.keys(), ...this.#attaching])].sort()
  }

  /** Answers where it is mounted; safe to call again. */
  setUp(pod: Pod, source: CsiSource): Promise<string> {
    return this.#inTurn(uniqueName({ driverName: source.driver, volumeHandle: source.handle }), () => this.#setUp(pod, source))
  }

  async #setUp(pod: Pod, source: CsiSource): Promise<string> {
    const { drivers, paths, objects, nodeName, clock } = this.#options
    const { uid } = pod.metadata
    const data: VolumeData = {
      specVolID: source.specName,
      volumeHandle: source.handle,
      driverName: source.driver,
      nodeName,
      attachmentID: attachmentId(source.handle, source.driver, nodeName),
      volumeLifecycleMode: source.lifecycle,
    }
    const { directory, target } = volumePlace(paths, uid, data, source.isBlock)
    const key = `${uid}/${source.specName}`
    const known = this.#published.get(key)
    this.#names.set(`${uid}/${source.podVolume}`, source.specName)
    const driver = drivers.get(source.driver)
    const spec = await driverSpec(objects, source, uid)
    const isDue = spec.requiresRepublish === true && clock.now() - (known?.publishedAt ?? 0) >= republishMs
    const isThere = known !== undefined && !known.isRefused && this.#isMounted(target)
    const group = !source.isBlock && driver.capabilities.has('VOLUME_MOUNT_GROUP') ? pod.spec.securityContext?.fsGroup : undefined
    const capability = volumeCapability({ ...source, singleWriter: driver.capabilities.has('SINGLE_NODE_MULTI_WRITER'), group })
    if (!isThere || isDue) {
      const publishContext = source.lifecycle === 'Persistent' && spec.attachRequired !== false ? await this.#attached(pod, source, data) : {}
      const tokens = await accountTokens(pod, spec, this.#options.tokens)
      const secret = spec.serviceAccountTokenInSecrets === true
      writeVolumeData(directory, data)
      if (source.isBlock) mkdirSync(dirname(target), { recursive: true, mode: 0o750 })
      // What is begun is taken down with the pod, whatever comes of it.
      const published: Published = { podUid: uid, data, isBlock: source.isBlock, publishedAt: clock.now(), isRefused: !isThere }
      this.#published.set(key, published)
      const staging = await this.#stage(driver, source, data, { uid, capability, publishContext })
      try {
        published.isRefused = false
        await driver.call('NodePublishVolume', {
          volume_id: source.handle,
          publish_context: publishContext,
          staging_target_path: staging,
          target_path: target,
          volume_capability: capability,
          readonly: source.readOnly,
          secrets: { ...(await secretData(objects, source.publishSecret, uid)), ...(secret ? tokens : {}) },
          volume_context: { ...source.attributes, ...podInfo(pod, spec, source), ...(secret ? {} : tokens) },
        })
      } catch (error) {
        published.isRefused = !isThere && !(error instanceof PluginError && openEnds.has(error.code))
        throw new Error(`${source.isBlock ? 'blockMapper.publishVolumeForBlock' : 'mounter.SetUpAt'} failed: ${(error as Error).message}`)
      }
      const wanted = pod.spec.securityContext?.fsGroup
      if (
        wanted !== undefined &&
        !source.isBlock &&
        group === undefined &&
        !source.readOnly &&
        !isThere &&
        takesFsGroup((spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType') as FsGroupPolicy, source)
      ) {
        giveToGroup(target, wanted, pod.spec.securityContext?.fsGroupChangePolicy ?? 'Always')
      }
    }
    await expandOnNode(this.#options, { pod, source, driver, target, staging: this.#stagingOf(driver, source, data), capability })
    return target
  }

  async #attached(pod: Pod, source: CsiSource, data: VolumeData): Promise<Record<string, string>> {
    const name = uniqueName(data)
    if (!this.inUse().includes(name)) {
      this.#attaching.add(name)
      await this.#options.reportInUse()
    }
    return attachedContext(this.#options, source, pod)
  }

  #stagingOf({ capabilities }: CsiDriver, { isBlock, lifecycle }: Pick<CsiSource, 'isBlock' | 'lifecycle'>, data: VolumeData): string {
    const isStaged = lifecycle === 'Persistent' && capabilities.has('STAGE_UNSTAGE_VOLUME')
    return isStaged ? volumePlace(this.#options.paths, '', data, isBlock).staging : ''
  }

  async #stage(
    driver: CsiDriver,
    source: CsiSource,
    data: VolumeData,
    { uid, capability, publishContext }: { uid: string; capability: object; publishContext: object },
  ): Promise<string> {
    const staging = this.#stagingOf(driver, source, data)
    // What a driver stages of a raw block volume need not be a mount.
    if (staging === '' || (this.#staged.has(uniqueName(data)) && (source.isBlock || this.#isMounted(staging)))) return staging
    mkdirSync(staging, { recursive: true, mode: 0o750 })
    writeVolumeData(volumePlace(this.#options.paths, uid, data, source.isBlock).stagedDirectory, data)
    this.#staged.set(uniqueName(data), data)
    try {
      await driver.call('NodeStageVolume', {
        volume_id: source.handle,
        publish_context: publishContext,
        staging_target_path: staging,
        volume_capability: capability,
        secrets: await secretData(this.#options.objects, source.stageSecret, uid),
        volume_context: source.attributes,
      })
    } catch (error) {
      // It may be there in part: the next try stages it again.
      if (source.isBlock) this.#staged.delete(uniqueName(data))
      const call = source.isBlock ? 'MapVolume.SetUpDevice' : 'MountVolume.MountDevice'
      throw new Error(`${call} failed for volume "${source.specName}" : ${(error as Error).message}`)
    }
    return staging
  }

  /** Takes down all of a pod's, and lets go of what no other pod has. */
  async tearDown(podUid: string): Promise<void> {
    for (const key of this.#names.keys()) if (key.startsWith(`${podUid}/`)) this.#names.delete(key)
    for (const [key, published] of [...this.#published]) {
      if (published.podUid === podUid) await this.#inTurn(uniqueName(published.data), () => this.#tearDown(key, published))
    }
  }

  async #tearDown(key: string, { podUid, data, isBlock, isRefused }: Published): Promise<void> {
    const { drivers, paths, reportInUse } = this.#options
    const { driverName, volumeHandle } = data
    const unique = uniqueName(data)
    const driver = drivers.get(driverName)
    const { directory, target, staging, stagedDirectory } = volumePlace(paths, podUid, data, isBlock)
    if (!isRefused) await driver.call('NodeUnpublishVolume', { volume_id: volumeHandle, target_path: target })
    if (isBlock) rmSync(target, { force: true })
    else {
      removeDirectory(target)
      rmSync(join(directory, 'vol_data.json'), { force: true })
      removeDirectory(directory)
    }
    this.#published.delete(key)
    if ([...this.#published.values()].some((other) => uniqueName(other.data) === unique)) return
    if (isBlock) removeDirectory(dirname(target))
    if (this.#staged.has(unique)) {
      await driver.call('NodeUnstageVolume', { volume_id: volumeHandle, staging_target_path: staging })
      if (isBlock) rmSync(staging, { recursive: true, force: true })
      else {
        removeDirectory(staging)
        rmSync(join(stagedDirectory, 'vol_data.json'), { force: true })
        removeDirectory(stagedDirectory)
      }
      this.#staged.delete(unique)
    }
    if (isBlock) {
      rmSync(join(directory, 'vol_data.json'), { force: true })
      removeDirectory(directory)
      removeDirectory(dirname(directory))
    }
    this.#attaching.delete(unique)
    // The controller waits for this before it detaches; the next report says it too.
    if (data.volumeLifecycleMode === 'Persistent') await reportInUse().catch(() => {})
  }

  /** What the driver says of a volume's use; undefined where it does not tell. */
  async stats(podUid: string, podVolume: string): Promise<VolumeStats | undefined> {
    const { drivers, paths } = this.#options
    const specName = this.#names.get(`${podUid}/${podVolume}`) ?? ''
    const published = this.#published.get(`${podUid}/${specName}`)
    if (!published) return undefined
    const { data, isBlock } = published
    const driver = drivers.get(data.driverName)
    if (!driver.capabilities.has('GET_VOLUME_STATS')) return undefined
    return driver.call<VolumeStats>('NodeGetVolumeStats', {
      volume_id: data.volumeHandle,
      volume_path: volumePlace(paths, podUid, data, isBlock).target,
      staging_target_path: this.#stagingOf(driver, { isBlock, lifecycle: data.volumeLifecycleMode }, data),
    })
  }

  /** One thing at a time for each volume: pods that share it come and go at once. */
  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve()
    const turn = before.then(work, work)
    const settled = turn.catch(() => {})
    this.#turns.set(name, settled)
    void settled.then(() => {
      if (this.#turns.get(name) === settled) this.#turns.delete(name)
    })
    return turn
  }
}

function namesIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : []
}

/** Only an empty one: what is still in it is somebody's data. */
function removeDirectory(path: string): void {
  try {
    chmodSync(path, 0o750)
    rmdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
