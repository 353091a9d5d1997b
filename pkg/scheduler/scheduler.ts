/** The loop: take a pod, find it a node, bind it there; or say why not and wait for a change. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createEventRecorder, type EventRecorder } from '#client/events.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { objection } from './filter.ts'
import { ClusterState, type NodeState, placedPod } from './node-state.ts'
import { SchedulingQueue } from './queue.ts'
import { bestNode } from './score.ts'

export interface SchedulerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly informers?: InformerFactory
  /** Pods with this spec.schedulerName are ours. */
  readonly schedulerName?: string
  readonly random?: () => number
}

export interface RunningScheduler {
  readonly ready: Promise<void>
  readonly done: Promise<void>
}

/** Bindings under way at a time; the algorithm goes on meanwhile. */
const maxBindings = 100

export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const scheduler = new Scheduler(options)
  return { ready: scheduler.ready.promise, done: scheduler.run() }
}

class Scheduler {
  readonly ready: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #options: SchedulerOptions
  readonly #events: EventRecorder
  readonly #state = new ClusterState()
  readonly #queue: SchedulingQueue
  readonly #name: string
  readonly #bindings = new Set<Promise<void>>()
  #wake: () => void = () => {}

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#name = options.schedulerName ?? 'default-scheduler'
    this.#events = createEventRecorder({ ...options, component: this.#name })
    this.#queue = new SchedulingQueue(options.clock, () => this.#wake())
  }

  async run(): Promise<void> {
    const { client, clock, log, signal } = this.#options
    const informers = this.#options.informers ?? createInformerFactory(client, { clock, log })
    const nodeCache = informers.informer(nodes)
    const podCache = informers.informer(pods)
    const removals = [
      nodeCache.addHandler({
        onAdd: (node) => this.#onNode(node),
        onUpdate: (before, node) => this.#onNode(node, before),
        onDelete: (node) => this.#onNodeGone(node),
      }),
      podCache.addHandler({ onAdd: (pod) => this.#onPod(pod), onUpdate: (before, pod) => this.#onPod(pod, before), onDelete: (pod) => this.#onPodGone(pod) }),
    ]
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    await informers.start(signal)
    this.ready.resolve()
    while (!signal.aborted) {
      const waiting = this.#queue.take()
      if (!waiting) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      await this.#scheduleOne(waiting)
      if (this.#bindings.size >= maxBindings) await Promise.race(this.#bindings)
    }
    for (const remove of removals) remove()
    this.#queue.close()
    await Promise.allSettled(this.#bindings)
  }

  #onNode(node: Node, before?: Node): void {
    this.#state.setNode(node)
    if (!before || schedulingView(before) !== schedulingView(node)) this.#queue.changed()
  }

  #onNodeGone(node: Node): void {
    this.#state.removeNode(node.metadata.name)
  }

  #onPod(pod: Pod, before?: Pod): void {
    const key = keyOf(pod)
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (pod.spec.nodeName) {
      this.#queue.delete(key)
      if (!ended) this.#state.place(pod, pod.spec.nodeName)
      else if (this.#state.isPlaced(key)) {
        this.#state.remove(key)
        this.#queue.changed()
      }
      return
    }
    if (ended || pod.metadata.deletionTimestamp || (pod.spec.schedulerName ?? 'default-scheduler') !== this.#name) {
      this.#queue.delete(key)
      return
    }
    // We have bound it and wait for the news to arrive.
    if (this.#state.isPlaced(key)) return
    if ((pod.spec.schedulingGates ?? []).length > 0) return
    if (before && JSON.stringify(before.spec) === JSON.stringify(pod.spec) && this.#queue.refresh(pod)) return
    this.#queue.add(pod)
  }

  #onPodGone(pod: Pod): void {
    const key = keyOf(pod)
    this.#queue.delete(key)
    if (!this.#state.isPlaced(key)) return
    this.#state.remove(key)
    this.#queue.changed()
  }

  async #scheduleOne(waiting: NonNullable<ReturnType<SchedulingQueue['take']>>): Promise<void> {
    const { random = Math.random } = this.#options
    const { pod } = waiting
    const changesSeen = this.#queue.changes
    const placed = placedPod(pod)
    const feasible: NodeState[] = []
    const against = new Map<string, number>()
    const all = this.#state.list()
    let inTheWay = 0
    for (const state of all) {
      const why = objection(placed, state)
      if (!why) feasible.push(state)
      if (why?.preemptionMayHelp) inTheWay++
      for (const reason of why?.reasons ?? []) against.set(reason, (against.get(reason) ?? 0) + 1)
    }
    if (feasible.length === 0) {
      this.#queue.park(waiting, changesSeen)
      await this.#reportUnschedulable(pod, unschedulableMessage(all.length, against, inTheWay))
      return
    }
    const { name } = bestNode(placed, feasible, random)
    this.#state.place(pod, name)
    const binding = this.#bind(pod, name)
      .catch((error) => {
        this.#state.remove(keyOf(pod))
        if (isNotFound(error)) return
        this.#options.log.warn('binding failed', { pod: keyOf(pod), node: name, error })
        if (isConflict(error)) return
        this.#events.event(pod, 'Warning', 'FailedScheduling', `binding rejected: ${(error as Error).message}`)
        this.#queue.retry(waiting)
      })
      .finally(() => this.#bindings.delete(binding))
    this.#bindings.add(binding)
  }

  async #bind(pod: Pod, nodeName: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { apiVersion: 'v1', kind: 'Node', name: nodeName } }
    await this.#options.client.create(pods, binding as any, { subresource: 'binding' })
    this.#events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`)
  }

  async #reportUnschedulable(pod: Pod, message: string): Promise<void> {
    const { client, clock, log } = this.#options
    this.#events.event(pod, 'Warning', 'FailedScheduling', message)
    const current = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    if (current?.status === 'False' && current.reason === 'Unschedulable' && current.message === message) return
    const lastTransitionTime = current?.status === 'False' ? current.lastTransitionTime : rfc3339(clock.now())
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime }
    const { namespace, name } = pod.metadata
    try {
      await client.patch(pods, { namespace, name }, { status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' })
    } catch (error) {
      if (!isNotFound(error)) log.warn('could not write the PodScheduled condition', { pod: keyOf(pod), error })
    }
  }
}

/**
 * "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …", reasons sorted as their texts are.
 * `inTheWay`: nodes that would do if some of their pods were gone; we do not preempt yet, so nobody is ever a victim.
 */
export function unschedulableMessage(count: number, against: ReadonlyMap<string, number>, inTheWay: number): string {
  if (count === 0) return 'no nodes available to schedule pods'
  const head = `0/${count} nodes are available: `
  const reasons = [...against].map(([reason, nodesWith]) => `${nodesWith} ${reason}`).sort()
  const preemption = [
    ...(inTheWay > 0 ? [`${inTheWay} No preemption victims found for incoming pod`] : []),
    ...(count > inTheWay ? [`${count - inTheWay} Preemption is not helpful for scheduling`] : []),
  ].sort()
  return `${head}${reasons.join(', ')}. no new claims to deallocate, preemption: ${head}${preemption.join(', ')}.`
}

function schedulingView({ metadata, spec, status }: Node): string {
  const conditions = (status?.conditions ?? []).map(({ type, status: value }) => [type, value])
  return JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable, status?.allocatable, conditions])
}
