/** The loop: take a pod, find it a node, bind it there; or make room, or say why not and wait for a change. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createEventRecorder } from '#client/events.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Informer, InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { listen, objectsFrom } from './event-handlers.ts'
import { Extender, type ExtenderConfig } from './extender/extender.ts'
import { runExtenders } from './extender/run-extenders.ts'
import { withPostFilter } from './framework/diagnosis.ts'
import { type Found, NodeFinder, type Unfit } from './framework/find-node.ts'
import type { Cycle, Handle, Profile } from './framework/types.ts'
import { SchedulerMetrics } from './metrics.ts'
import { Nominator } from './nominator.ts'
import { evictVictims } from './plugins/default-preemption/evict.ts'
import { preempt } from './plugins/default-preemption/index.ts'
import type { Candidate } from './plugins/default-preemption/candidate.ts'
import { StatusWriter } from './pod-status.ts'
import { defaultProfile } from './profile.ts'
import { SchedulingQueue, type Waiting } from './queue.ts'
import { ClusterState } from './state/cluster-state.ts'
import type { Objects } from './state/objects.ts'

export interface SchedulerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly informers?: InformerFactory
  /** Pods with this spec.schedulerName are ours, when there are no profiles. */
  readonly schedulerName?: string
  /** One a scheduler name; default: upstream's default profile. */
  readonly profiles?: readonly Profile[]
  readonly extenders?: readonly ExtenderConfig[]
  readonly podInitialBackoffSeconds?: number
  readonly podMaxBackoffSeconds?: number
  readonly random?: () => number
}

export interface RunningScheduler {
  /** In Prometheus' text format. */
  readonly metricsText: () => string
  readonly ready: Promise<void>
  readonly done: Promise<void>
}

/** Bindings under way at a time; the algorithm goes on meanwhile. */
const maxBindings = 100
/** How long the loop may run before it lets events in. */
const sliceMs = 10

export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const scheduler = new Scheduler(options)
  return { ready: scheduler.ready.promise, done: scheduler.run(), metricsText: () => scheduler.metricsText() }
}

class Scheduler {
  readonly ready: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #options: SchedulerOptions
  readonly #handle: Handle
  readonly #profiles: ReadonlyMap<string, Profile>
  readonly #cluster = new ClusterState()
  readonly #nominator = new Nominator()
  readonly #metrics = new SchedulerMetrics()
  readonly #finder: NodeFinder
  readonly #queue: SchedulingQueue
  readonly #status: StatusWriter
  readonly #random: () => number
  readonly #extenders: readonly Extender[]
  /** Work that goes on beside the loop: bindings, evictions, status writes. */
  readonly #tasks = new Set<Promise<void>>()
  /** Pods whose bindings are under way. */
  #binding = 0
  /** Of the informer that also feeds the queue. */
  #pods: Informer<Pod> | undefined
  /** Pods whose victims are being ended; true: something changed meanwhile. */
  readonly #preempting = new Map<string, boolean>()
  #objects!: Objects
  #wake: () => void = () => {}

  constructor(options: SchedulerOptions) {
    const { clock, schedulerName, profiles = [defaultProfile(schedulerName)], random = Math.random } = options
    this.#options = options
    this.#random = random
    this.#extenders = (options.extenders ?? []).map((each) => new Extender(each))
    this.#profiles = new Map(profiles.map((profile) => [profile.schedulerName, profile]))
    this.#handle = { ...options, events: createEventRecorder({ ...options, component: profiles[0]!.schedulerName }) }
    this.#status = new StatusWriter(this.#handle)
    this.#finder = new NodeFinder(this.#nominator, random, this.#metrics)
    const interests = new Map(profiles.flatMap(({ plugins }) => plugins.map(({ plugin }) => [plugin.name, plugin.interests ?? []])))
    const { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = options
    this.#queue = new SchedulingQueue({
      clock,
      wake: () => this.#wake(),
      interestsOf: (name) => interests.get(name) ?? [],
      initialBackoffMs: podInitialBackoffSeconds * 1000,
      maxBackoffMs: podMaxBackoffSeconds * 1000,
      incoming: (event, queue) => this.#metrics.incoming(event, queue),
    })
  }

  async run(): Promise<void> {
    const { client, clock, log, signal } = this.#options
    const informers = this.#options.informers ?? createInformerFactory(client, { clock, log })
    this.#objects = objectsFrom(informers)
    this.#pods = informers.informer(pods)
    const stop = listen(informers, { cluster: this.#cluster, queue: this.#queue, nominator: this.#nominator, isOurs: (pod) => this.#isOurs(pod) })
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    await informers.start(signal)
    this.ready.resolve()
    let sliceEnd = performance.now() + sliceMs
    while (!signal.aborted) {
      const waiting = this.#queue.take()
      if (!waiting) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      await this.#scheduleOne(waiting)
      if (this.#tasks.size >= maxBindings) await Promise.race(this.#tasks)
      if (performance.now() < sliceEnd) continue
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
      sliceEnd = performance.now() + sliceMs
    }
    stop()
    this.#queue.close()
    await Promise.allSettled(this.#tasks)
  }

  /** For one of our profiles, and not held back by a gate. */
  #isOurs(pod: Pod): boolean {
    const profile = this.#profiles.get(schedulerNameOf(pod))
    return profile?.plugins.every(({ plugin }) => plugin.preEnqueue?.(pod) === undefined) ?? false
  }

  /** Waits only for extenders; without them a pod is placed before anything else can happen. */
  #scheduleOne(waiting: Waiting): Promise<void> | void {
    const { info } = waiting
    const profile = this.#profiles.get(schedulerNameOf(info.pod))!
    if (this.#preempting.has(info.key)) {
      this.#preempting.set(info.key, true)
      this.#queue.park(waiting, new Set(['DefaultPreemption']))
      return
    }
    if (this.#cluster.placedOn(info.key)) return
    const cycle: Cycle = { pod: info, cluster: this.#cluster, objects: this.#objects }
    let found: Found | Unfit
    const begun = performance.now()
    try {
      found = this.#finder.find(profile, cycle)
      this.#metrics.algorithm((performance.now() - begun) / 1000)
      const extenders = 'node' in found ? this.#extenders.filter((each) => each.isInterested(info)) : []
      if ('node' in found && extenders.length > 0) {
        return runExtenders(extenders, profile, cycle, found, this.#random).then(
          (extended) => this.#settle(profile, waiting, cycle, extended, begun),
          (error) => this.#fail(waiting, (error as Error).message, 'SchedulerError'),
        )
      }
    } catch (error) {
      this.#fail(waiting, (error as Error).message, 'SchedulerError')
      return
    }
    this.#settle(profile, waiting, cycle, found, begun)
  }

  #settle(profile: Profile, waiting: Waiting, cycle: Cycle, found: Found | Unfit, begun: number): void {
    if ('node' in found) this.#assume(profile, waiting, cycle, found, begun)
    else {
      this.#metrics.attempted(profile.schedulerName, 'unschedulable', (performance.now() - begun) / 1000)
      this.#unschedulable(profile, waiting, found)
    }
  }

  #assume(profile: Profile, waiting: Waiting, cycle: Cycle, found: Found, begun: number): void {
    const { info } = waiting
    const { node, run } = found
    const reserved: (() => void)[] = []
    try {
      for (const { plugin } of profile.plugins) {
        const state = run.states.get(plugin.name)
        if (state === undefined || !plugin.reserve) continue
        plugin.reserve(state, cycle, node)
        reserved.unshift(() => {
          const undone = plugin.unreserve?.(state, cycle, node, this.#handle)
          if (undone) this.#beside(undone)
        })
      }
    } catch (error) {
      for (const undo of reserved) undo()
      this.#fail(waiting, (error as Error).message, 'SchedulerError')
      return
    }
    this.#cluster.place(info.pod, node.name, info)
    this.#nominator.delete(info.key)
    this.#binding++
    this.#beside(
      this.#bind(profile, cycle, found)
        .then(() => this.#bound(profile, waiting, begun))
        .catch((error) => {
          this.#binding--
          this.#metrics.attempted(profile.schedulerName, 'error', (performance.now() - begun) / 1000)
          for (const undo of reserved) undo()
          // The news may say by now that the pod stands somewhere, though no answer told us so: then it is settled.
          if (this.#cluster.placedOn(info.key)?.pods.get(info.key) !== info) return
          this.#cluster.remove(info.key)
          this.#queue.changed('AssignedPod/Delete', info.pod)
          if (isNotFound(error)) return
          this.#options.log.warn('binding failed', { pod: info.key, node: node.name, error })
          if (isConflict(error)) return
          this.#handle.events.event(info.pod, 'Warning', 'FailedScheduling', `binding rejected: ${(error as Error).message}`)
          this.#queue.retry(waiting)
        }),
    )
  }

  #bound({ schedulerName }: Profile, { attempts, since }: Waiting, begun: number): void {
    this.#binding--
    this.#metrics.attempted(schedulerName, 'scheduled', (performance.now() - begun) / 1000)
    this.#metrics.scheduled(attempts + 1, (this.#options.clock.now() - since) / 1000)
  }

  metricsText(): string {
    const unschedulable = new Map<string, { plugin: string; profile: string; count: number }>()
    for (const { info, refusedBy } of this.#queue.refused()) {
      const profile = schedulerNameOf(info.pod)
      for (const plugin of refusedBy) {
        const key = `${plugin}/${profile}`
        const known = unschedulable.get(key) ?? { plugin, profile, count: 0 }
        known.count++
        unschedulable.set(key, known)
      }
    }
    const gated = (this.#pods?.list() ?? []).filter(
      (pod) => !pod.spec.nodeName && (pod.spec.schedulingGates ?? []).length > 0 && this.#profiles.has(schedulerNameOf(pod)),
    )
    return this.#metrics.text({
      pending: { ...this.#queue.counts(), gated: gated.length },
      cache: { nodes: this.#cluster.list().length, pods: this.#cluster.podCount, assumed_pods: this.#binding },
      unschedulable: [...unschedulable.values()],
    })
  }

  async #bind(profile: Profile, cycle: Cycle, { node, run }: Found): Promise<void> {
    for (const { plugin } of profile.plugins) {
      const state = run.states.get(plugin.name)
      if (state !== undefined && plugin.preBind) await plugin.preBind(state, cycle, node, this.#handle)
    }
    const { pod } = cycle.pod
    const { namespace, name, uid } = pod.metadata
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { apiVersion: 'v1', kind: 'Node', name: node.name } }
    const begun = performance.now()
    const binder = this.#extenders.find((each) => each.config.bindVerb && each.isInterested(cycle.pod))
    if (binder) await binder.bind(pod, node.name)
    else await this.#handle.client.create(pods, binding as any, { subresource: 'binding' })
    this.#metrics.extensionPoint('Bind', profile.schedulerName, 'Success', (performance.now() - begun) / 1000)
    this.#handle.events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node.name}`)
  }

  #unschedulable(profile: Profile, waiting: Waiting, unfit: Unfit): void {
    const { info } = waiting
    const before = info.pod.status?.nominatedNodeName ?? ''
    let nominated = before
    let { message } = unfit
    const claims = this.#postFilter(profile, unfit)
    if (profile.preemption && unfit.verdicts.length > 0) {
      const context = { args: profile.preemption, nominator: this.#nominator, random: this.#random, nodes: this.#cluster.list() }
      const begun = performance.now()
      const outcome = preempt(info, unfit, context)
      this.#metrics.preempted('candidate' in outcome ? outcome.candidate.victims.length : undefined)
      this.#metrics.extensionPoint(
        'PostFilter',
        profile.schedulerName,
        'candidate' in outcome ? 'Success' : 'Unschedulable',
        (performance.now() - begun) / 1000,
      )
      if ('candidate' in outcome) {
        nominated = outcome.candidate.node.name
        this.#makeRoom(waiting, outcome.candidate)
      } else {
        message = withPostFilter(message, outcome.message, claims)
        if (!outcome.keepsNomination) {
          nominated = ''
          this.#nominator.delete(info.key)
        }
      }
    }
    this.#queue.park(waiting, unfit.plugins)
    this.#handle.events.event(info.pod, 'Warning', 'FailedScheduling', message)
    this.#beside(this.#status.unschedulable(info.pod, 'Unschedulable', message, nominated === before ? undefined : nominated))
  }

  /** What plugins do when no node would do; the last one's word. */
  #postFilter({ plugins }: Profile, { run }: Unfit): string | undefined {
    let message: string | undefined
    for (const { plugin } of plugins) {
      const state = run?.states.get(plugin.name)
      if (!run || state === undefined || !plugin.postFilter) continue
      const answer = plugin.postFilter(state, run.cycle, this.#handle)
      message = answer.message
      if (answer.work) this.#beside(answer.work)
    }
    return message
  }

  /** The victims are ended beside the loop; the pod waits until they are gone. */
  #makeRoom({ info }: Waiting, candidate: Candidate): void {
    // Those of less importance to whom the node was promised look for another.
    for (const other of this.#nominator.on(candidate.node.name)) {
      if (other.priority >= info.priority) continue
      this.#nominator.delete(other.key)
      this.#beside(this.#status.nominate(other.pod, ''))
      this.#queue.wakeUp(other.key)
    }
    this.#nominator.set(info, candidate.node.name)
    this.#preempting.set(info.key, false)
    this.#beside(
      evictVictims(candidate, info, this.#handle)
        .then(
          () => this.#preempting.get(info.key) === true,
          (error) => {
            this.#options.log.warn('preemption failed', { pod: info.key, node: candidate.node.name, error })
            this.#nominator.delete(info.key)
            return true
          },
        )
        .then((again) => {
          this.#preempting.delete(info.key)
          if (again) this.#queue.wakeUp(info.key)
        }),
    )
  }

  #fail(waiting: Waiting, message: string, reason: string): void {
    const { pod } = waiting.info
    this.#metrics.attempted(schedulerNameOf(pod), 'error', 0)
    this.#options.log.warn('scheduling failed', { pod: keyOf(pod), message })
    this.#queue.retry(waiting)
    this.#handle.events.event(pod, 'Warning', 'FailedScheduling', message)
    this.#beside(this.#status.unschedulable(pod, reason, message))
  }

  #beside(work: Promise<void>): void {
    const task: Promise<void> = work.finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }
}

function schedulerNameOf({ spec }: Pod): string {
  return spec.schedulerName ?? 'default-scheduler'
}
