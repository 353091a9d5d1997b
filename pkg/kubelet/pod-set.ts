/** All pods of this node: one worker each, those that are refused, and those that run without the API knowing them. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import type { Rejection } from './admission/admit.ts'
import { refusal } from './admission/refusal.ts'
import type { KubeletContext } from './context.ts'
import { removeOrphan } from './housekeeping.ts'
import { PodWorker } from './pod-worker/pod-worker.ts'
import { configSourceAnnotation } from './runtime/labels.ts'
import { rejection as shutdownRejection } from './shutdown/node-shutdown.ts'
import { sleep } from '#base/clock.ts'
import { nothingRuns } from './runtime/pod-runtime.ts'

export interface PodSetOptions {
  readonly context: KubeletContext
  readonly workers: Map<string, PodWorker>
  /** This node as the API has it. */
  readonly node: () => Node | undefined
  readonly pressure: () => readonly string[]
  /** Whether the node goes down. */
  readonly shuttingDown: () => boolean
  readonly onGone: (uid: string) => void
  /** A pod that had no worker has one. */
  readonly onSeen: (pod: Pod) => void
  /** Pods that the API does not list are all known as well: only then may what nobody knows be ended. */
  readonly staticsKnown: () => boolean
}

/** Of a manifest on this node, not of the API. */
export const isStatic = ({ metadata }: Pod): boolean => (metadata.annotations?.[configSourceAnnotation] ?? 'api') !== 'api'

const orphanTries = 3
const orphanRetryMs = 2000

export class PodSet {
  readonly #options: PodSetOptions
  readonly #orphans = new Map<string, Promise<void>>()
  #synced = false
  readonly #stop = new AbortController()
  #inRuntime: ReadonlySet<string> = new Set()

  constructor(options: PodSetOptions) {
    this.#options = options
  }

  /** The whole list; those that were made first have first claim to the node. */
  replace(list: readonly Pod[]): void {
    const { workers } = this.#options
    const known = new Set(list.map(({ metadata }) => metadata.uid))
    const byAge = [...list].sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
    for (const pod of byAge) this.accept({ apiVersion: 'v1', kind: 'Pod', ...pod })
    for (const [uid, worker] of workers) if (!known.has(uid) && !isStatic(worker.pod)) worker.removed()
    this.#synced = true
    this.sweep(this.#inRuntime)
  }

  accept(pod: Pod): void {
    const { context, workers, onGone } = this.#options
    const { uid } = pod.metadata
    const worker = workers.get(uid)
    if (worker) {
      worker.update(pod)
      return
    }
    const rejection = this.#rejection(pod)
    if (rejection) {
      context.log.info('a pod is refused', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, ...rejection })
      context.recorder.event(pod, 'Warning', rejection.reason, rejection.message)
      context.metrics.rejections.add({ reason: rejection.reason })
    }
    this.#options.onSeen(pod)
    workers.set(
      uid,
      new PodWorker({
        context,
        pod,
        ...(this.#inRuntime.has(uid) ? { runtime: nothingRuns } : {}),
        ...(rejection ? { rejection } : {}),
        onFinished: (gone) => {
          workers.delete(gone)
          context.cgroups.balance(this.active())
          onGone(gone)
        },
      }),
    )
    context.cgroups.balance(this.active())
  }

  removed(uid: string): void {
    this.#options.workers.get(uid)?.removed()
  }

  /** Pods that are here and not over. */
  active(): Pod[] {
    const { context, workers } = this.#options
    return [...workers.values()].filter((worker) => worker.isActive).map(({ pod }) => context.allocations.allocated(pod))
  }

  /** How many pods that only the runtime knows are being ended. */
  get orphanCount(): number {
    return this.#orphans.size
  }

  /** Every pod that has a worker; undefined until the API's list and the manifests are read. */
  known(): ReadonlySet<string> | undefined {
    return this.#synced && this.#options.staticsKnown() ? new Set(this.#options.workers.keys()) : undefined
  }

  /** What the runtime runs: pods that no worker knows are ended, once the API's list is known. */
  sweep(running: ReadonlySet<string>): void {
    const { context, workers } = this.#options
    this.#inRuntime = running
    if (!this.#synced || !this.#options.staticsKnown()) return
    for (const uid of running) {
      if (uid === '' || workers.has(uid) || this.#orphans.has(uid)) continue
      context.metrics.orphans.add()
      this.#orphans.set(
        uid,
        this.#end(uid)
          .catch((error) => context.log.warn('cannot end an orphan', { uid, error }))
          .finally(() => this.#orphans.delete(uid)),
      )
    }
  }

  /** A few tries in a row: the next list may be a minute away. */
  async #end(uid: string): Promise<void> {
    const { context } = this.#options
    for (let left = orphanTries; !this.#stop.signal.aborted; left--) {
      try {
        return await removeOrphan(context, uid)
      } catch (error) {
        if (left === 0) throw error
        await sleep(context.clock, orphanRetryMs, this.#stop.signal)
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([...this.#orphans.values(), ...[...this.#options.workers.values()].map((worker) => worker.close())])
  }

  #rejection(pod: Pod): Rejection | undefined {
    const { context, node, pressure } = this.#options
    const over = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded' || pod.metadata.deletionTimestamp !== undefined
    const known = node()
    // What runs already is not asked again: a restarted kubelet leaves its pods alone.
    if (over || !known || this.#inRuntime.has(pod.metadata.uid)) return undefined
    if (this.#options.shuttingDown()) return shutdownRejection
    return refusal({ pod, node: known, others: this.active(), pressure: pressure(), allowedSysctls: context.configuration.allowedUnsafeSysctls ?? [] })
  }
}
