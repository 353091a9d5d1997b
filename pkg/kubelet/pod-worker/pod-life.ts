/** What is known of one pod on this node: its spec, what runs of it, in which state it is, and why it ends. */
import type { Pod } from '#api/gen/core/v1.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import { KeyedBackoff } from '../runtime/backoff.ts'
import { nothingRuns, type PodRuntimeStatus, readPodRuntime } from '../runtime/pod-runtime.ts'
import type { PodFailure } from '../status/types.ts'
import { nextState, type PodEvent, type PodState } from './states.ts'

const crashBackoffMs = 10_000

export class PodLife {
  readonly uid: string
  /** Why containers wait. */
  readonly waiting = new Map<string, { reason: string; message: string }>()
  /** When containers ended that asked for all to begin anew. */
  readonly askedAt = new Map<string, number>()
  /** Of crashing containers and of volumes. */
  readonly backoff: KeyedBackoff
  pod: Pod
  runtime: PodRuntimeStatus
  /** The API has no such pod any more (or another of its name): nothing is to be reported. */
  isOrphan = false
  failure: PodFailure | undefined
  /** The node refused it: nothing of it has run. */
  isRejected = false
  hasResources = false
  /** Of a step that takes its time: what it does when the pod is woken meanwhile. */
  onNews: (() => void) | undefined
  /** Aborted when the pod is to end: no new container is begun. */
  starting = new AbortController()
  #graceSeconds: number | undefined
  #state: PodState = 'syncing'
  #isStale: boolean

  /** `runtime`: what the runtime holds already, after a restart of the kubelet. */
  constructor({ clock, configuration }: KubeletContext, pod: Pod, runtime: PodRuntimeStatus | undefined) {
    this.uid = pod.metadata.uid
    this.pod = pod
    this.runtime = runtime ?? nothingRuns
    this.#isStale = runtime !== undefined
    this.backoff = new KeyedBackoff(clock, crashBackoffMs, ms(configuration.crashLoopBackOff.maxContainerRestartPeriod))
  }

  get state(): PodState {
    return this.#state
  }

  /** The time that its containers have to stop. */
  get graceSeconds(): number {
    return this.#graceSeconds ?? this.pod.spec.terminationGracePeriodSeconds ?? 30
  }

  /** It is to go from the API, or is gone. */
  get isDeleted(): boolean {
    return this.isOrphan || this.pod.metadata.deletionTimestamp !== undefined
  }

  /** Not over: it counts against the node's resources. */
  get isActive(): boolean {
    return !this.isRejected && (this.#state === 'syncing' || this.#state === 'terminating') && !isOver(this.pod)
  }

  move(event: PodEvent): void {
    this.#state = nextState(this.#state, event)
  }

  /** Answers whether the grace became shorter than it was: a longer one never comes later. */
  shortenGrace(graceSeconds: number): boolean {
    const before = this.#graceSeconds
    this.#graceSeconds = Math.min(graceSeconds, before ?? Number.POSITIVE_INFINITY)
    return before !== undefined && this.#graceSeconds < before
  }

  /** The runtime has news, or may have done what we do not know of. */
  becomeStale(): void {
    this.#isStale = true
  }

  /** Asks the runtime, if it may know more than we do. */
  async look({ cri, probes }: KubeletContext): Promise<void> {
    if (!this.#isStale) return
    this.#isStale = false
    await this.lookAgain(cri)
    probes.containersChanged(this.uid)
  }

  async lookAgain({ runtime }: KubeletContext['cri']): Promise<void> {
    this.runtime = await readPodRuntime(runtime, this.uid, this.runtime)
  }
}

export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}
