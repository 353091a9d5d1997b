/**
 * Keeps a node alive when it runs short: pods that outgrow their own limits of storage go at once, and under pressure one pod goes
 * each round, after images that nobody uses (upstream's eviction manager; documentation "Node-pressure Eviction").
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { isCritical } from '../admission/admit.ts'
import { podLimit } from './limits.ts'
import { bytes } from '../runtime/resources.ts'
import type { EventRecorder } from '../types.ts'
import { evictionNotice, type EvictionNotice, rankForEviction } from './rank.ts'
import { type MetThreshold, PressureConditions, resourceOf, thresholdsMet } from './thresholds.ts'
import type { EvictionSettings, Observations, PodUsage, PressureCondition, Signal } from './types.ts'

export interface EvictionOptions extends EvictionSettings {
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly nodeName: string
  observe(): Promise<Observations>
  usage(pods: readonly Pod[]): Promise<readonly PodUsage[]>
  /** Pods that are not over. */
  activePods(): readonly Pod[]
  /** Frees what no pod needs; awaited before a pod is evicted for want of disk. */
  reclaimDisk(): Promise<void>
  evict(pod: Pod, message: string, graceSeconds: number, disruption: boolean, signal: string): void
}

const everyMs = 10_000
/** What a pod gets that must go at once. */
const immediateGraceSeconds = 1

export class EvictionManager {
  readonly #options: EvictionOptions
  readonly #conditions: PressureConditions
  /** Since when a soft threshold is met, and which thresholds are being reclaimed for. */
  readonly #softSince = new Map<Signal, number>()
  readonly #reclaiming = new Set<Signal>()

  constructor(options: EvictionOptions) {
    this.#options = options
    this.#conditions = new PressureConditions(options.transitionMs)
  }

  /** The conditions that hold now or held a little while ago. */
  pressure(): PressureCondition[] {
    return this.#conditions.current(this.#options.clock.now())
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    while (!signal.aborted) {
      await this.synchronize().catch((error) => log.warn('eviction could not look', { error }))
      await sleep(clock, everyMs, signal)
    }
  }

  /** One round; at most one pod is evicted for the node's sake. */
  async synchronize(): Promise<void> {
    const { clock, observe, usage, activePods, log, recorder, nodeName, isolatesStorage } = this.#options
    const observations = await observe()
    const hard = this.#hard(observations)
    const soft = this.#soft(observations).filter(({ signal }) => !hard.some((each) => each.signal === signal))
    const met = [...hard, ...soft]
    this.#conditions.observe(met, clock.now())
    const pods = activePods()
    const limited = isolatesStorage ? pods.filter(hasStorageLimit) : []
    const overLimit = limited.length > 0 ? this.#evictOverLimits(await usage(limited)) : false
    const worst = met[0]
    if (overLimit || !worst) return
    const resource = resourceOf[worst.signal]
    log.warn('the node runs short', { resource, signal: worst.signal, available: worst.observed.available })
    recorder.event(
      { kind: 'Node', apiVersion: 'v1', metadata: { name: nodeName, uid: nodeName } as never },
      'Warning',
      'EvictionThresholdMet',
      `Attempting to reclaim ${resource}`,
    )
    if ((resource === 'ephemeral-storage' || resource === 'inodes') && (await this.#reclaimed())) return
    this.#evictOne(rankForEviction(await usage(pods), resource), worst, hard.includes(worst))
  }

  /** Those that are met, and those that were met and have not yet been reclaimed for as far as evictionMinimumReclaim asks. */
  #hard(observations: Observations): MetThreshold[] {
    const { thresholds, minimumReclaim } = this.#options
    const met = thresholdsMet(thresholds, observations)
    for (const { signal } of met) this.#reclaiming.add(signal)
    const stillShort = thresholdsMet(thresholds, observations, minimumReclaim).filter(({ signal }) => this.#reclaiming.has(signal))
    for (const signal of this.#reclaiming) if (!stillShort.some((each) => each.signal === signal)) this.#reclaiming.delete(signal)
    return stillShort
  }

  /** Those that have been met for as long as their grace period. */
  #soft(observations: Observations): MetThreshold[] {
    const { clock, softThresholds, softGraceMs } = this.#options
    const met = thresholdsMet(softThresholds, observations)
    for (const signal of this.#softSince.keys()) if (!met.some((each) => each.signal === signal)) this.#softSince.delete(signal)
    return met.filter(({ signal }) => {
      const since = this.#softSince.get(signal) ?? clock.now()
      this.#softSince.set(signal, since)
      return clock.now() - since >= (softGraceMs[signal] ?? 0)
    })
  }

  async #reclaimed(): Promise<boolean> {
    const { reclaimDisk, observe, log } = this.#options
    await reclaimDisk().catch((error) => log.warn('cannot free the disk', { error }))
    return this.#hard(await observe()).length === 0
  }

  #evictOne(ranked: readonly PodUsage[], met: MetThreshold, isHard: boolean): void {
    const { maxPodGraceSeconds } = this.#options
    const victim = ranked.find(({ pod }) => !isCritical(pod))
    if (!victim) return
    const own = victim.pod.spec.terminationGracePeriodSeconds ?? 30
    const grace = isHard ? immediateGraceSeconds : maxPodGraceSeconds > 0 ? Math.min(maxPodGraceSeconds, own) : maxPodGraceSeconds
    this.#evict(victim.pod, evictionNotice(victim, met), { disruption: true, signal: met.signal }, grace)
  }

  /** emptyDirs over their sizeLimit, then pods, then containers over their limits of ephemeral storage. */
  #evictOverLimits(usages: readonly PodUsage[]): boolean {
    let evicted = false
    for (const usage of usages) {
      const message = overLimit(usage)
      if (message === undefined || isCritical(usage.pod)) continue
      this.#evict(usage.pod, { message }, { disruption: false, signal: limitSignal(message) })
      evicted = true
    }
    return evicted
  }

  #evict(
    pod: Pod,
    { message, annotations }: Pick<EvictionNotice, 'message'> & Partial<EvictionNotice>,
    { disruption, signal }: { disruption: boolean; signal: string },
    graceSeconds = immediateGraceSeconds,
  ): void {
    this.#options.recorder.event(pod, 'Warning', 'Evicted', message, undefined, annotations)
    this.#options.evict(pod, message, graceSeconds, disruption, signal)
  }
}

/** As upstream's metric calls what a pod itself has gone over. */
function limitSignal(message: string): string {
  if (message.startsWith('Usage of EmptyDir')) return 'emptydirfs.limit'
  return message.startsWith('Pod ') ? 'ephemeralpodfs.limit' : 'ephemeralcontainerfs.limit'
}

const hasStorageLimit = (pod: Pod): boolean =>
  (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
  pod.spec.containers.some((each) => each.resources?.limits?.['ephemeral-storage'])

/** Why a pod must go for the sake of limits of its own. */
export function overLimit({ pod, emptyDirs, diskBytes, containers }: PodUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = bytes(emptyDir?.sizeLimit)
    if (limit > 0 && (emptyDirs.get(name) ?? 0) > limit) return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir!.sizeLimit}". `
  }
  const ofPod = podLimit(pod, 'ephemeral-storage')
  if (ofPod && diskBytes > bytes(ofPod)) return `Pod ephemeral local storage usage exceeds the total limit of containers ${ofPod}. `
  for (const container of pod.spec.containers) {
    const limit = container.resources?.limits?.['ephemeral-storage']
    const use = containers.find(({ name }) => name === container.name)?.diskBytes ?? 0
    if (limit && use > bytes(limit)) return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `
  }
  return undefined
}
