/**
 * CSI volumes of this node: attached, staged once for the node, published for each pod, and taken down in reverse. What is mounted is
 * on disk beside it, so that a restarted kubelet goes on where the last one was.
 */
import { chmodSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
import { attachmentId, type CsiPaths, directoriesIn, readVolumeData, uniqueName, type VolumeData, writeVolumeData } from './volume-data.ts'
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
  publishedAt: number
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
        if (data) this.#published.set(`${podUid}/${name}`, { podUid, data, publishedAt: 0 })
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
    const directory = paths.published(uid, source.specName)
    const target = join(directory, 'mount')
    const key = `${uid}/${source.specName}`
    const known = this.#published.get(key)
    this.#names.set(`${uid}/${source.podVolume}`, source.specName)
    const driver = drivers.get(source.driver)
    const spec = await driverSpec(objects, source, uid)
    const isDue = spec.requiresRepublish === true && clock.now() - (known?.publishedAt ?? 0) >= republishMs
    const isThere = known !== undefined && this.#isMounted(target)
    if (!isThere || isDue) {
      const data: VolumeData = {
        specVolID: source.specName,
        volumeHandle: source.handle,
        driverName: source.driver,
        nodeName,
        attachmentID: attachmentId(source.handle, source.driver, nodeName),
        volumeLifecycleMode: source.lifecycle,
      }
      const publishContext = source.lifecycle === 'Persistent' && spec.attachRequired !== false ? await this.#attached(pod, source, data) : {}
      const group = driver.capabilities.has('VOLUME_MOUNT_GROUP') ? pod.spec.securityContext?.fsGroup : undefined
      const capability = volumeCapability({ ...source, singleWriter: driver.capabilities.has('SINGLE_NODE_MULTI_WRITER'), group })
      const staging = await this.#stage(driver, source, data, { uid, capability, publishContext })
      const tokens = await accountTokens(pod, spec, this.#options.tokens)
      const secret = spec.serviceAccountTokenInSecrets === true
      writeVolumeData(directory, data)
      this.#published.set(key, { podUid: uid, data, publishedAt: clock.now() })
      try {
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
        if (!isThere && !(error instanceof PluginError && openEnds.has(error.code))) {
          this.#published.delete(key)
          rmSync(join(directory, 'vol_data.json'), { force: true })
        }
        throw new Error(`mounter.SetUpAt failed: ${(error as Error).message}`)
      }
      const wanted = pod.spec.securityContext?.fsGroup
      if (
        wanted !== undefined &&
        group === undefined &&
        !source.readOnly &&
        !isThere &&
        takesFsGroup((spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType') as FsGroupPolicy, source)
      ) {
        giveToGroup(target, wanted, pod.spec.securityContext?.fsGroupChangePolicy ?? 'Always')
      }
    }
    await expandOnNode(this.#options, { pod, source, driver, target, staging: this.#stagingOf(driver, source) })
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

  #stagingOf({ capabilities }: CsiDriver, { driver, handle, lifecycle }: CsiSource): string {
    return lifecycle === 'Persistent' && capabilities.has('STAGE_UNSTAGE_VOLUME') ? join(this.#options.paths.staged(driver, handle), 'globalmount') : ''
  }

  async #stage(
    driver: CsiDriver,
    source: CsiSource,
    data: VolumeData,
    { uid, capability, publishContext }: { uid: string; capability: object; publishContext: object },
  ): Promise<string> {
    const staging = this.#stagingOf(driver, source)
    if (staging === '' || (this.#staged.has(uniqueName(data)) && this.#isMounted(staging))) return staging
    mkdirSync(staging, { recursive: true, mode: 0o750 })
    writeVolumeData(join(staging, '..'), data)
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
      throw new Error(`MountVolume.MountDevice failed for volume "${source.specName}" : ${(error as Error).message}`)
    }
    return staging
  }

  /** Takes down all of a pod's, and lets go of what no other pod has. */
  async tearDown(podUid: string): Promise<void> {
    for (const key of this.#names.keys()) if (key.startsWith(`${podUid}/`)) this.#names.delete(key)
    for (const [key, { data, podUid: of }] of [...this.#published]) {
      if (of === podUid) await this.#inTurn(uniqueName(data), () => this.#tearDown(key, podUid, data))
    }
  }

  async #tearDown(key: string, podUid: string, data: VolumeData): Promise<void> {
    const { drivers, paths, reportInUse } = this.#options
    const { driverName, volumeHandle, specVolID } = data
    const unique = uniqueName(data)
    const driver = drivers.get(driverName)
    const directory = paths.published(podUid, specVolID)
    const target = join(directory, 'mount')
    await driver.call('NodeUnpublishVolume', { volume_id: volumeHandle, target_path: target })
    removeDirectory(target)
    rmSync(join(directory, 'vol_data.json'), { force: true })
    removeDirectory(directory)
    this.#published.delete(key)
    if ([...this.#published.values()].some((other) => uniqueName(other.data) === unique)) return
    if (this.#staged.has(unique)) {
      const staged = paths.staged(driverName, volumeHandle)
      const staging = join(staged, 'globalmount')
      await driver.call('NodeUnstageVolume', { volume_id: volumeHandle, staging_target_path: staging })
      removeDirectory(staging)
      rmSync(join(staged, 'vol_data.json'), { force: true })
      removeDirectory(staged)
      this.#staged.delete(unique)
    }
    this.#attaching.delete(unique)
    // The controller waits for this before it detaches; the next report says it too.
    if (data.volumeLifecycleMode === 'Persistent') await reportInUse().catch(() => {})
  }

  /** What the driver says of a volume's use; undefined where it does not tell. */
  async stats(podUid: string, podVolume: string): Promise<VolumeStats | undefined> {
    const { drivers, paths } = this.#options
    const specName = this.#names.get(`${podUid}/${podVolume}`) ?? ''
    const data = this.#published.get(`${podUid}/${specName}`)?.data
    if (!data) return undefined
    const driver = drivers.get(data.driverName)
    if (!driver.capabilities.has('GET_VOLUME_STATS')) return undefined
    const staging = driver.capabilities.has('STAGE_UNSTAGE_VOLUME') && data.volumeLifecycleMode === 'Persistent'
    return driver.call<VolumeStats>('NodeGetVolumeStats', {
      volume_id: data.volumeHandle,
      volume_path: join(paths.published(podUid, specName), 'mount'),
      staging_target_path: staging ? join(paths.staged(data.driverName, data.volumeHandle), 'globalmount') : '',
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

/** Only an empty one: what is still in it is somebody's data. */
function removeDirectory(path: string): void {
  try {
    chmodSync(path, 0o750)
    rmdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
