/** How long pods take from being seen, and from being made, until they run: for the metrics of upstream's pod startup latency tracker. */
import type { Pod, PodStatus } from '#api/gen/core/v1.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

interface Start {
  readonly seenAt: number
  pullingSince: number | undefined
  pulledAt: number | undefined
}

/** More pods than a node has: those that never run are forgotten, the oldest first. */
const most = 1000

export class PodStarts {
  readonly #metrics: Pick<KubeletMetrics, 'podStart' | 'podStartSli' | 'podStartTotal'>
  readonly #now: () => number
  readonly #starts = new Map<string, Start>()

  constructor(metrics: Pick<KubeletMetrics, 'podStart' | 'podStartSli' | 'podStartTotal'>, now: () => number) {
    this.#metrics = metrics
    this.#now = now
  }

  /** One that has run before, as after a restart of the kubelet, is not counted. */
  seen({ metadata, status }: Pod): void {
    if (status?.startTime !== undefined || this.#starts.has(metadata.uid)) return
    if (this.#starts.size >= most) this.#starts.delete(this.#starts.keys().next().value!)
    this.#starts.set(metadata.uid, { seenAt: this.#now(), pullingSince: undefined, pulledAt: undefined })
  }

  /** An event about a pod: its images' pulls are told by them. */
  event(podUid: string | undefined, reason: string): void {
    const start = this.#starts.get(podUid ?? '')
    if (!start) return
    if (reason === 'Pulling') start.pullingSince ??= this.#now()
    if (reason === 'Pulled' && start.pullingSince !== undefined) start.pulledAt = this.#now()
  }

  reported({ metadata, spec }: Pod, { phase }: PodStatus): void {
    const start = this.#starts.get(metadata.uid)
    if (!start || phase === 'Pending') return
    this.#starts.delete(metadata.uid)
    if (phase !== 'Running') return
    const now = this.#now()
    this.#metrics.podStart.observe((now - start.seenAt) / 1000)
    const total = (now - Date.parse(metadata.creationTimestamp ?? '')) / 1000
    if (!Number.isFinite(total)) return
    this.#metrics.podStartTotal.observe(total)
    const isStateful = (spec.volumes ?? []).some(({ persistentVolumeClaim, ephemeral, csi }) => persistentVolumeClaim ?? ephemeral ?? csi)
    if (isStateful || (spec.initContainers?.length ?? 0) > 0) return
    const pulling = start.pullingSince !== undefined && start.pulledAt !== undefined ? (start.pulledAt - start.pullingSince) / 1000 : 0
    this.#metrics.podStartSli.observe(Math.max(0, total - pulling))
  }

  forget(podUid: string): void {
    this.#starts.delete(podUid)
  }
}
