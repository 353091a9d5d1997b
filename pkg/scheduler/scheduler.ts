/** The loop: take a pod, find it a node, bind it there; or make room, or say why not and wait for a change. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type ActionEventRecorder, createActionEventRecorder } from '#client/event-series.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Informer, InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { Binder } from './binder.ts'
import { listen, objectsFrom } from './event-handlers.ts'
import { Extender } from './extender/extender.ts'
import { narrowCandidates, preemptors } from './extender/preempt.ts'
import type { ExtenderConfig } from './extender/types.ts'
import { runExtenders } from './extender/run-extenders.ts'
import { withPostFilter } from './framework/diagnosis.ts'
import type { EventInterest } from './framework/events.ts'
import { type Found, NodeFinder, type Unfit } from './framework/find-node.ts'
import { reserve } from './framework/reserve.ts'
import type { Cycle, Handle, Profile } from './framework/types.ts'
import { SchedulerMetrics } from './metrics.ts'
import { Nominator } from './nominator.ts'
import { preempt, type Preemption } from './plugins/default-preemption/index.ts'
import { bestCandidate } from './plugins/default-preemption/candidate.ts'
import { StatusWriter } from './pod-status.ts'
import { defaultProfile } from './profile.ts'
import { SchedulingQueue, type Waiting } from './queue.ts'
import { RoomMaker } from './room.ts'
import { ClusterState } from './state/cluster-state.ts'
import type { Objects } from './state/objects.ts'
import { podInfoOf } from './state/pod-info.ts'

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
  /** --pod-max-in-unschedulable-pods-duration. Upstream: five minutes. */
  readonly podMaxInUnschedulableMs?: number
  /** Where it runs, as its Events say. */
  readonly host?: string
  readonly random?: () => number
}

export interface RunningScheduler {
  /** In Prometheus' text format. */
  readonly metricsText: () => string
  readonly ready: Promise<void>
  readonly done: Promise<void>
}

const preemptionName = 'DefaultPreemption'
/** Bindings under way at a time; the algorithm goes on meanwhile. */
const maxBindings = 100
/** How long the loop may run before it lets events in. */
const sliceMs = 10

export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const scheduler = new Scheduler(options)
  return { ready: scheduler.ready.promise, done: scheduler.run(), metricsText: () => scheduler.metricsText() }
}

/** Upstream's rule: whoever waits for a new node is tried again when taints of one change, whatever its plugins say. */
function withTaints(interests: readonly EventInterest[]): readonly EventInterest[] {
  const has = (event: EventInterest['event']): boolean => interests.some((each) => each.event === event)
  return has('Node/Add') && !has('Node/UpdateTaint') ? [...interests, { event: 'Node/UpdateTaint' }] : interests
}

class Scheduler {
  readonly ready: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #options: SchedulerOptions
  readonly #profiles: ReadonlyMap<string, Profile>
  /** What plugins may use, by profile: Events say which scheduler speaks. */
  readonly #handles: ReadonlyMap<string, Handle>
  readonly #cluster = new ClusterState()
  readonly #nominator = new Nominator()
  readonly #metrics = new SchedulerMetrics()
  readonly #finder: NodeFinder
  readonly #queue: SchedulingQueue
  readonly #status: StatusWriter
  readonly #binder: Binder
  readonly #room: RoomMaker
  readonly #random: () => number
  readonly #extenders: readonly Extender[]
  /** Work that goes on beside the loop: bindings, evictions, status writes. */
  readonly #tasks = new Set<Promise<void>>()
  /** Pods whose bindings are under way. */
  #binding = 0
  /** Of the informer that also feeds the queue. */
  #pods: Informer<Pod> | undefined
  #objects!: Objects
  #wake: () => void = () => {}

  constructor(options: SchedulerOptions) {
    const { clock, schedulerName, profiles = [defaultProfile(schedulerName)], random = Math.random } = options
    this.#options = options
    this.#random = random
    this.#extenders = (options.extenders ?? []).map((each) => new Extender(each))
    this.#profiles = new Map(profiles.map((profile) => [profile.schedulerName, profile]))
    const { host = 'localhost' } = options
    const recorders = new Map<string, ActionEventRecorder>(
      profiles.map(({ schedulerName }) => [schedulerName, createActionEventRecorder({ ...options, reportingController: schedulerName, host })]),
    )
    this.#handles = new Map([...recorders].map(([name, events]) => [name, { ...options, events }]))
    this.#status = new StatusWriter(options)
    this.#binder = new Binder({ status: this.#status, metrics: this.#metrics, extenders: this.#extenders })
    this.#finder = new NodeFinder(this.#nominator, random, this.#metrics, this.#extenders.length > 0)
    const interests = new Map(profiles.flatMap(({ plugins }) => plugins.map(({ plugin }) => [plugin.name, withTaints(plugin.interests ?? [])])))
    interests.set(preemptionName, [{ event: 'AssignedPod/Delete' }])
    const { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10, podMaxInUnschedulableMs } = options
    this.#queue = new SchedulingQueue({
      clock,
      wake: () => this.#wake(),
      interestsOf: (name) => interests.get(name) ?? [],
      gateOf: (pod) => this.#gateOf(pod),
      initialBackoffMs: podInitialBackoffSeconds * 1000,
      maxBackoffMs: podMaxBackoffSeconds * 1000,
      ...(podMaxInUnschedulableMs === undefined ? {} : { maxUnschedulableMs: podMaxInUnschedulableMs }),
      incoming: (event, queue) => this.#metrics.incoming(event, queue),
      hinted: (plugin, event, queued, seconds) => this.#metrics.hinted(plugin, event, queued, seconds),
    })
    this.#room = new RoomMaker({
      nominator: this.#nominator,
      status: this.#status,
      metrics: this.#metrics,
      queue: this.#queue,
      log: options.log,
      beside: (work) => this.#beside(work),
    })
  }

  async run(): Promise<void> {
    const { client, clock, log, signal } = this.#options
    const informers = this.#options.informers ?? createInformerFactory(client, { clock, log })
    this.#objects = objectsFrom(informers)
    this.#pods = informers.informer(pods)
    const stop = listen(informers, {
      cluster: this.#cluster,
      queue: this.#queue,
      nominator: this.#nominator,
      isOurs: (pod) => this.#isOurs(pod),
      metrics: this.#metrics,
    })
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

  #isOurs(pod: Pod): boolean {
    return this.#profiles.has(schedulerNameOf(pod))
  }

  /** Who keeps the pod from being tried: a plugin, or preemption that is still at work for it. */
  #gateOf(pod: Pod): string | undefined {
    if (this.#room.isAtWorkFor(keyOf(pod))) return preemptionName
    const gate = this.#profiles.get(schedulerNameOf(pod))!.plugins.find(({ plugin }) => plugin.preEnqueue?.(pod, this.#objects) !== undefined)
    return gate?.plugin.name
  }

  /** Waits only for extenders; without them a pod is placed before anything else can happen. */
  #scheduleOne(waiting: Waiting): Promise<void> | void {
    const { info } = waiting
    const profile = this.#profiles.get(schedulerNameOf(info.pod))!
    if (this.#cluster.placedOn(info.key)) {
      this.#queue.done(info.key)
      return
    }
    const cycle: Cycle = { pod: info, cluster: this.#cluster, objects: this.#objects }
    const begun = performance.now()
    try {
      const found = this.#finder.find(profile, cycle)
      this.#metrics.algorithm((performance.now() - begun) / 1000)
      const extenders = 'node' in found ? this.#extenders.filter((each) => each.isInterested(info)) : []
      if ('node' in found && extenders.length > 0) return this.#askExtenders(extenders, profile, waiting, cycle, found, begun)
      return this.#settle(profile, waiting, cycle, found, begun)
    } catch (error) {
      this.#fail(profile, waiting, error as Error, begun)
    }
  }

  async #askExtenders(extenders: readonly Extender[], profile: Profile, waiting: Waiting, cycle: Cycle, found: Found, begun: number): Promise<void> {
    try {
      let extended = await runExtenders(extenders, profile, cycle, found, this.#random)
      // They may refuse the node that was promised, and not all others.
      if (!('node' in extended) && found.promised) {
        const anew = this.#finder.find(profile, cycle, { passOverPromise: true })
        extended = 'node' in anew ? await runExtenders(extenders, profile, cycle, anew, this.#random) : anew
      }
      await this.#settle(profile, waiting, cycle, extended, begun)
    } catch (error) {
      this.#fail(profile, waiting, error as Error, begun)
    }
  }

  #settle(profile: Profile, waiting: Waiting, cycle: Cycle, found: Found | Unfit, begun: number): Promise<void> | void {
    if ('node' in found) return this.#assume(profile, waiting, cycle, found, begun)
    this.#metrics.attempted(profile.schedulerName, 'unschedulable', (performance.now() - begun) / 1000)
    return this.#unschedulable(profile, waiting, found)
  }

  #assume(profile: Profile, waiting: Waiting, cycle: Cycle, found: Found, begun: number): void {
    const { info } = waiting
    const { node } = found
    const handle = this.#handles.get(profile.schedulerName)!
    let giveBack: () => void
    try {
      giveBack = reserve(profile, cycle, found, handle, (work) => this.#beside(work))
    } catch (error) {
      this.#fail(profile, waiting, error as Error, begun)
      return
    }
    this.#cluster.place(info.pod, node.name, info)
    this.#nominator.delete(info.key)
    this.#queue.done(info.key)
    this.#binding++
    this.#beside(
      this.#binder
        .bind(profile, cycle, found, handle)
        .then(() => this.#bound(profile, waiting, begun))
        .catch((error) => {
          this.#binding--
          giveBack()
          // The news may say by now that the pod stands somewhere, though no answer told us so: then it is settled.
          if (this.#cluster.placedOn(info.key)?.pods.get(info.key) === info) {
            this.#cluster.remove(info.key)
            this.#queue.changed('AssignedPod/Delete', info.pod)
          }
          this.#fail(profile, waiting, error as Error, begun)
        }),
    )
  }

  #bound({ schedulerName }: Profile, { attempts, since, flushed }: Waiting, begun: number): void {
    this.#binding--
    this.#metrics.attempted(schedulerName, 'scheduled', (performance.now() - begun) / 1000)
    this.#metrics.scheduled(attempts, (this.#options.clock.now() - since) / 1000, flushed)
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
    return this.#metrics.text({
      pending: this.#queue.counts(),
      cache: { nodes: this.#cluster.list().length, pods: this.#cluster.podCount, assumed_pods: this.#binding },
      running: { binding: this.#binding },
      inFlight: this.#queue.inFlight(),
      unschedulable: [...unschedulable.values()],
    })
  }

  /** Waits only for extenders that have a say in who is ended. */
  #unschedulable(profile: Profile, waiting: Waiting, unfit: Unfit): Promise<void> | void {
    const { info } = waiting
    // What no post-filter speaks of is withdrawn.
    const refusal: Refusal = { reason: 'Unschedulable', message: unfit.message, nominated: '', refusedBy: unfit.plugins }
    if (unfit.verdicts.length === 0) return this.#refuse(profile, waiting, refusal)
    // A post-filter that was not asked before has nothing to look up, and upstream stops at its error; nobody makes room then.
    if (profile.plugins.some(({ plugin }) => plugin.postFilter && unfit.unasked?.has(plugin.name))) {
      this.#metrics.extensionPoint('PostFilter', profile.schedulerName, 'Error', 0)
      return this.#refuse(profile, waiting, { ...refusal, message: `${unfit.message} not found`, nominated: undefined })
    }
    const claims = this.#postFilter(profile, unfit)
    const { preemption: args } = profile
    if (!args) return this.#refuse(profile, waiting, claims === undefined ? refusal : { ...refusal, message: `${unfit.message} ${claims}` })
    const begun = performance.now()
    const settle = (outcome: Preemption): void => {
      const best = 'candidates' in outcome ? bestCandidate(outcome.candidates) : undefined
      this.#metrics.preempted(best?.victims.length)
      this.#metrics.extensionPoint('PostFilter', profile.schedulerName, best ? 'Success' : 'Unschedulable', (performance.now() - begun) / 1000)
      if (best) {
        this.#room.make(info, best, this.#handles.get(profile.schedulerName)!)
        this.#refuse(profile, waiting, { ...refusal, nominated: best.node.name })
      } else if ('message' in outcome) {
        const message = withPostFilter(unfit.message, outcome.message, claims)
        this.#refuse(profile, waiting, { ...refusal, message, nominated: outcome.keepsNomination ? undefined : '' })
      }
    }
    const outcome = preempt(info, unfit, { args, nominator: this.#nominator, random: this.#random, nodes: this.#cluster.list() })
    const helpers = 'candidates' in outcome ? preemptors(this.#extenders, info) : []
    if (!('candidates' in outcome) || helpers.length === 0) return settle(outcome)
    return narrowCandidates(helpers, info, outcome.candidates).then(
      (candidates) => settle(candidates.length > 0 ? { candidates } : { message: 'no candidate node for preemption', keepsNomination: true }),
      (error) => settle({ message: (error as Error).message, keepsNomination: true }),
    )
  }

  /** Says why, remembers what is promised, and lets the pod wait, if it still is one that waits. */
  #refuse(profile: Profile, waiting: Waiting, { reason, message, nominated, refusedBy }: Refusal): void {
    const { info } = waiting
    const { namespace, name, uid } = info.pod.metadata
    const pod = this.#pods?.get(namespace, name)
    if (!pod || pod.metadata.uid !== uid || pod.spec.nodeName) this.#queue.done(info.key)
    else {
      if (pod !== info.pod) waiting.info = podInfoOf(pod)
      if (refusedBy && refusedBy.size > 0) this.#queue.park(waiting, refusedBy)
      else this.#queue.retry(waiting)
    }
    if (nominated === '') this.#nominator.delete(info.key)
    else if (nominated !== undefined) this.#nominator.set(waiting.info, nominated)
    this.#handles.get(profile.schedulerName)!.events.record(info.pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      note: shortened(message),
    })
    const before = info.pod.status?.nominatedNodeName ?? ''
    this.#beside(this.#status.unschedulable(info.pod, reason, message, nominated === before ? undefined : nominated))
  }

  /** What plugins do when no node would do; the last one's word. */
  #postFilter({ plugins, schedulerName }: Profile, { run }: Unfit): string | undefined {
    let message: string | undefined
    for (const { plugin } of plugins) {
      if (!plugin.postFilter) continue
      const state = run?.states.get(plugin.name)
      if (!run || state === undefined) {
        message ??= plugin.nothingToPostFilter
        continue
      }
      const answer = plugin.postFilter(state, run.cycle, this.#handles.get(schedulerName)!)
      message = answer.message
      if (answer.work) this.#beside(answer.work)
    }
    return message
  }

  #fail(profile: Profile, waiting: Waiting, error: Error, begun: number): void {
    const { message } = error
    this.#metrics.attempted(profile.schedulerName, 'error', (performance.now() - begun) / 1000)
    this.#options.log.warn('scheduling failed', { pod: waiting.info.key, message })
    this.#refuse(profile, waiting, { reason: 'SchedulerError', message, nominated: '', refusedBy: undefined })
  }

  #beside(work: Promise<void>): void {
    const task: Promise<void> = work.finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }
}

function schedulerNameOf({ spec }: Pod): string {
  return spec.schedulerName ?? 'default-scheduler'
}

interface Refusal {
  readonly reason: 'Unschedulable' | 'SchedulerError'
  readonly message: string
  /** The node's name, '' to withdraw what was promised, undefined to leave it. */
  readonly nominated: string | undefined
  readonly refusedBy: ReadonlySet<string> | undefined
}

/** As long as a note may be. */
const maxNoteLength = 1024
const cutOff = ' ...'

function shortened(message: string): string {
  return message.length <= maxNoteLength ? message : message.slice(0, maxNoteLength - cutOff.length) + cutOff
}
