/** May a pod have what it now asks for? Allocated, deferred until there is room, or infeasible; with upstream's conditions and events. */
import type { Node, Pod, PodCondition } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import { lacking } from '../admission/admit.ts'
import { amountsOf, podRequests } from '../admission/pod-requests.ts'
import { isSidecar } from '../runtime/containers.ts'
import type { EventRecorder } from '../types.ts'
import type { Allocations } from './allocations.ts'

export interface ResizeOptions {
  readonly allocations: Allocations
  readonly recorder: EventRecorder
  readonly node: () => Node | undefined
  /** Pods that are here and not over, with what they have been given. */
  readonly active: () => readonly Pod[]
  /** Whether a container of the pod has CPUs of its own. */
  readonly isPinned?: (pod: Pod) => boolean
  readonly now: () => number
}

interface Condition {
  readonly reason?: string
  readonly message?: string
  readonly generation: number | undefined
  readonly since: string
}

export class Resizes {
  readonly #options: ResizeOptions
  readonly #pending = new Map<string, Condition>()
  readonly #inProgress = new Map<string, Condition>()

  constructor(options: ResizeOptions) {
    this.#options = options
  }

  /** Looks at what the spec asks; gives it if the node has it. */
  consider(pod: Pod): void {
    const { allocations, recorder } = this.#options
    const { uid, generation } = pod.metadata
    if (!allocations.isPending(pod)) {
      this.#pending.delete(uid)
      return
    }
    const refusal = this.#refusal(pod)
    if (!refusal) {
      allocations.allocate(pod)
      this.#pending.delete(uid)
      this.#inProgress.set(uid, this.#condition(pod))
      recorder.event(pod, 'Normal', 'ResizeStarted', `Pod resize started: ${summary(pod, generation)}`)
      return
    }
    const before = this.#pending.get(uid)
    if (before?.reason === refusal.reason && before.message === refusal.message && before.generation === generation) return
    const { since } = before?.reason === refusal.reason ? before : this.#condition(pod)
    this.#pending.set(uid, { ...refusal, generation, since })
    recorder.event(pod, 'Warning', `Resize${refusal.reason}`, `Pod resize ${refusal.reason}: ${summary(pod, generation, refusal.message)}`)
  }

  isDeferred(uid: string): boolean {
    return this.#pending.get(uid)?.reason === 'Deferred'
  }

  /** Deferred resizes, the oldest first: somebody may have made room. */
  deferred(): string[] {
    return [...this.#pending].filter(([, { reason }]) => reason === 'Deferred').map(([uid]) => uid)
  }

  /** Every running container has what the pod was given. */
  completed(pod: Pod): void {
    const { uid } = pod.metadata
    const condition = this.#inProgress.get(uid)
    if (!condition) return
    this.#inProgress.delete(uid)
    this.#options.recorder.event(
      pod,
      'Normal',
      'ResizeCompleted',
      `Pod resize completed: ${summary(this.#options.allocations.allocated(pod), condition.generation)}`,
    )
  }

  failed(pod: Pod, message: string): void {
    const before = this.#inProgress.get(pod.metadata.uid) ?? this.#condition(pod)
    if (before.message !== message) {
      this.#options.recorder.event(pod, 'Warning', 'ResizeError', `Pod resize error: ${summary(pod, before.generation, message)}`)
    }
    this.#inProgress.set(pod.metadata.uid, { ...before, reason: 'Error', message })
  }

  conditions(uid: string): PodCondition[] {
    const shown = (type: string, { reason, message, generation, since }: Condition): PodCondition =>
      ({
        type,
        status: 'True',
        observedGeneration: generation,
        lastProbeTime: null,
        lastTransitionTime: since,
        ...(reason ? { reason } : {}),
        ...(message ? { message } : {}),
      }) as unknown as PodCondition
    const pending = this.#pending.get(uid)
    const inProgress = this.#inProgress.get(uid)
    return [...(pending ? [shown('PodResizePending', pending)] : []), ...(inProgress ? [shown('PodResizeInProgress', inProgress)] : [])]
  }

  forget(uid: string): void {
    this.#pending.delete(uid)
    this.#inProgress.delete(uid)
  }

  #condition({ metadata }: Pod): Condition {
    return { generation: metadata.generation, since: rfc3339(this.#options.now()) }
  }

  #refusal(pod: Pod): { reason: 'Infeasible' | 'Deferred'; message: string } | undefined {
    const { node, active } = this.#options
    const current = node()
    if (!current) return undefined
    if ((pod.metadata.annotations?.['kubernetes.io/config.source'] ?? 'api') !== 'api') {
      return { reason: 'Infeasible', message: 'In-place resize of static-pods is not supported' }
    }
    if (this.#options.isPinned?.(pod)) return { reason: 'Infeasible', message: 'Resize is infeasible for Guaranteed Pods alongside CPU Manager static policy' }
    const allocatable = amountsOf(current.status?.allocatable as Record<string, string> | undefined)
    const requested = podRequests(pod)
    const tooMuch = ['cpu', 'memory'].filter((name) => (requested.get(name) ?? 0) > (allocatable.get(name) ?? 0))
    if (tooMuch.length > 0) {
      const texts = tooMuch.map((name) => `${name}, requested: ${requested.get(name)}, capacity: ${allocatable.get(name) ?? 0}`)
      return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${texts.join(', ')}` }
    }
    const others = active().filter(({ metadata }) => metadata.uid !== pod.metadata.uid)
    const short = lacking({ pod, node: current, others, pressure: [] })
    return short ? { reason: 'Deferred', message: short.message } : undefined
  }
}

/** The resources of the pod as events carry them. */
function summary(pod: Pod, generation: number | undefined, error?: string): string {
  const list = (containers: Pod['spec']['containers']) =>
    containers.map(({ name, resources }) => {
      const { limits, requests } = resources ?? {}
      return { name, ...(limits || requests ? { resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } } : {}) }
    })
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar)
  return JSON.stringify({
    ...(sidecars.length > 0 ? { initContainers: list(sidecars) } : {}),
    containers: list(pod.spec.containers),
    generation: generation ?? 0,
    ...(error ? { error } : {}),
  })
}
