/**
 * Pods that wait for a node: those to try now by priority and age; those that did not fit, until something changed that
 * matters to who refused them; with a back-off of 1 s to 10 s between tries, and some five minutes at most
 * (upstream's SchedulingQueue with its queueing hints).
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Clock, Timer } from '#base/clock.ts'
import { type ClusterEvent, type EventInterest, labelOf } from './framework/events.ts'
import { Heap } from './heap.ts'
import { InFlight } from './in-flight.ts'
import { type PodInfo, podInfoOf } from './state/pod-info.ts'

export interface Waiting {
  info: PodInfo
  attempts: number
  /** Tries that plugins refused: the back-off doubles with each. */
  refusals: number
  /** Tries in a row that failed otherwise, which have a back-off of their own. */
  errors: number
  triedAt: number
  /** When it was first seen. */
  readonly since: number
  /** Later tries stand behind earlier ones of the same priority. */
  sequence: number
  place: 'active' | 'parked' | 'backing off' | 'out'
  timer: Timer | undefined
  /** Who refused it; nobody: any change may help. */
  refusedBy: ReadonlySet<string>
  /** The plugin that does not let it be tried at all. */
  gatedBy: string | undefined
  /** It comes back because it has waited for too long, and not for an event. */
  flushed: boolean
}

/** A pod whose back-off is not over: a record of its own, as the pod's order changes while old records still lie in the heap. */
interface BackingOff {
  readonly waiting: Waiting
  readonly window: number
  readonly sequence: number
}

export type Where = 'active' | 'backoff' | 'unschedulable'

export interface QueueOptions {
  readonly clock: Clock
  readonly wake: () => void
  readonly interestsOf: (plugin: string) => readonly EventInterest[]
  /** The plugin that keeps the pod from being tried, if one does (PreEnqueue). */
  readonly gateOf?: (pod: Pod) => string | undefined
  readonly initialBackoffMs?: number
  readonly maxBackoffMs?: number
  /** How long a pod may wait for a change that helps it; then it is tried all the same. Upstream: five minutes. */
  readonly maxUnschedulableMs?: number
  /** Hears of each pod that comes into a queue, and why. */
  readonly incoming?: (event: string, queue: Where) => void
  /** Hears what a plugin's hint said, and how long it took. */
  readonly hinted?: (plugin: string, event: string, queued: boolean, seconds: number) => void
}

/** Extenders say nothing of what they wait for: any change may help (framework.ExtenderName). */
export const extenderName = 'Extender'

const defaultMaxUnschedulableMs = 5 * 60_000
const flushEveryMs = 30_000
/** Pods whose back-off ends in the same second are ordered as all others are. */
const windowMs = 1_000
/** So many records of pods that are no longer backing off are no matter. */
const keptAnyway = 1_000
const nobody: ReadonlySet<string> = new Set()

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #options: QueueOptions
  readonly #initialBackoffMs: number
  readonly #maxBackoffMs: number
  /** All that wait, wherever. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #parked = new Set<Waiting>()
  /** May hold some that are gone; they are passed over. */
  readonly #active = new Heap<Waiting>(before)
  /** Those that may be tried early, when nothing else is to do; the same holds. */
  readonly #backingOff = new Heap<BackingOff>(endsBefore)
  readonly #inFlight = new InFlight()
  #sequence = 0
  #flushTimer: Timer | undefined

  constructor(options: QueueOptions) {
    const { clock, initialBackoffMs = 1_000, maxBackoffMs = 10_000 } = options
    this.#options = options
    this.#clock = clock
    this.#initialBackoffMs = initialBackoffMs
    this.#maxBackoffMs = maxBackoffMs
  }

  get size(): number {
    return this.#waiting.size
  }

  /** A pod without a node is there. */
  add(pod: Pod): void {
    const key = keyOf(pod)
    if (this.#waiting.has(key)) {
      this.refresh(pod)
      return
    }
    const waiting: Waiting = {
      info: podInfoOf(pod),
      attempts: 0,
      refusals: 0,
      errors: 0,
      triedAt: this.#clock.now(),
      since: this.#clock.now(),
      sequence: this.#sequence++,
      place: 'out',
      timer: undefined,
      refusedBy: nobody,
      gatedBy: undefined,
      flushed: false,
    }
    this.#waiting.set(key, waiting)
    this.#activate(waiting, 'UnschedulablePodAdd')
  }

  /** It changed, in these ways: one that was refused is tried again if its refusers see a help in that. */
  update(pod: Pod, before: Pod, events: readonly ClusterEvent[]): void {
    const waiting = this.#waiting.get(keyOf(pod))
    if (!waiting) {
      if (!this.#inFlight.note(keyOf(pod), events, pod, before)) this.add(pod)
      return
    }
    waiting.info = podInfoOf(pod)
    if (waiting.place !== 'parked') return
    for (const event of events) {
      if (!this.#mayHelp(waiting, event, pod, before)) continue
      this.#requeue(waiting, labelOf(event, before))
      return
    }
  }

  /** Renews what is known of a pod whose wish did not change; false: it is not here. */
  refresh(pod: Pod): boolean {
    const known = this.#waiting.get(keyOf(pod))
    if (known) known.info = podInfoOf(pod)
    return known !== undefined
  }

  delete(key: string): void {
    this.#inFlight.done(key)
    const waiting = this.#waiting.get(key)
    if (!waiting) return
    this.#leave(waiting)
    this.#waiting.delete(key)
  }

  /**
   * The next to try: the highest priority, then the one that came first; when all have been tried, one whose back-off
   * is not over yet. It is out of the queue, and what happens meanwhile is kept for it, until it is parked, retried or done.
   */
  take(): Waiting | undefined {
    const next = this.#takeActive() ?? this.#takeEarly()
    if (!next) return undefined
    this.#leave(next)
    next.attempts++
    this.#waiting.delete(next.info.key)
    this.#inFlight.begin(next.info.key)
    return next
  }

  /** It has a node, or needs none any more. */
  done(key: string): void {
    this.#inFlight.done(key)
  }

  /** It did not fit. */
  park(waiting: Waiting, refusedBy: ReadonlySet<string>): void {
    waiting.refusals++
    waiting.errors = 0
    this.#tried(waiting, refusedBy)
    const missed = this.#inFlight.done(waiting.info.key)
    if (missed === 'too many' || missed.some(({ event, after, before }) => this.#mayHelp(waiting, event, after, before))) {
      this.#requeue(waiting, 'ScheduleAttemptFailure')
      return
    }
    this.#shelve(waiting, 'ScheduleAttemptFailure')
  }

  /** It failed for a reason that is not the cluster's state. */
  retry(waiting: Waiting): void {
    waiting.errors++
    this.#tried(waiting, nobody)
    this.#inFlight.done(waiting.info.key)
    this.#requeue(waiting, 'ScheduleAttemptFailure')
  }

  /** Something changed; those it may help (`only`: of these) are tried again when their back-off is over. */
  changed(event: ClusterEvent, after: unknown, previous?: unknown, only?: (info: PodInfo) => boolean): void {
    this.#inFlight.noteAll(event, after, previous)
    for (const waiting of this.#parked) {
      if (only && !only(waiting.info)) continue
      if (this.#mayHelp(waiting, event, after, previous)) this.#requeue(waiting, labelOf(event, previous))
    }
  }

  /** Tries this one now, whatever it waits for (upstream's Activate). */
  activate(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting?.place === 'parked' || waiting?.place === 'backing off') this.#activate(waiting, 'ForceActivate')
  }

  /** How many wait where. */
  counts(): Record<Where | 'gated', number> {
    const found = { active: 0, backoff: 0, unschedulable: 0, gated: 0 }
    for (const { place, gatedBy } of this.#waiting.values()) {
      if (place === 'active') found.active++
      else if (place === 'backing off') found.backoff++
      else if (gatedBy !== undefined) found.gated++
      else if (place === 'parked') found.unschedulable++
    }
    return found
  }

  /** Pods that are being tried, and what has happened meanwhile. */
  inFlight(): ReadonlyMap<string, number> {
    return this.#inFlight.counts()
  }

  /** Those that did not fit or are held back, with who says so. */
  *refused(): Iterable<{ readonly info: PodInfo; readonly refusedBy: ReadonlySet<string> }> {
    for (const { info, refusedBy, gatedBy } of this.#parked) yield { info, refusedBy: gatedBy === undefined ? refusedBy : new Set([...refusedBy, gatedBy]) }
  }

  close(): void {
    this.#flushTimer?.cancel()
    for (const waiting of this.#waiting.values()) this.#leave(waiting)
    this.#waiting.clear()
  }

  #mayHelp({ info, refusedBy, gatedBy }: Waiting, event: ClusterEvent, after: unknown, previous: unknown): boolean {
    if (gatedBy !== undefined) return this.#minds(gatedBy, info.pod, event, after, previous)
    if (refusedBy.size === 0 || refusedBy.has(extenderName)) return true
    for (const plugin of refusedBy) if (this.#minds(plugin, info.pod, event, after, previous)) return true
    return false
  }

  #minds(plugin: string, pod: Pod, event: ClusterEvent, after: unknown, previous: unknown): boolean {
    for (const interest of this.#options.interestsOf(plugin)) {
      if (interest.event !== event) continue
      if (!interest.hint) return true
      const begun = performance.now()
      const queued = Boolean(interest.hint(pod, after, previous))
      this.#options.hinted?.(plugin, labelOf(event, previous), queued, (performance.now() - begun) / 1000)
      if (queued) return true
    }
    return false
  }

  #tried(waiting: Waiting, refusedBy: ReadonlySet<string>): void {
    waiting.refusedBy = refusedBy
    waiting.flushed = false
    waiting.triedAt = this.#clock.now()
    waiting.sequence = this.#sequence++
    this.#waiting.set(waiting.info.key, waiting)
  }

  #shelve(waiting: Waiting, event: string): void {
    waiting.place = 'parked'
    this.#parked.add(waiting)
    this.#options.incoming?.(event, 'unschedulable')
    this.#flushTimer ??= this.#clock.after(flushEveryMs, () => this.#flush())
  }

  #flush(): void {
    this.#flushTimer = undefined
    const now = this.#clock.now()
    for (const waiting of this.#parked) {
      if (waiting.gatedBy !== undefined || now - waiting.triedAt <= (this.#options.maxUnschedulableMs ?? defaultMaxUnschedulableMs)) continue
      waiting.flushed = true
      this.#requeue(waiting, 'UnschedulableTimeout')
    }
    if (this.#parked.size > 0) this.#flushTimer ??= this.#clock.after(flushEveryMs, () => this.#flush())
  }

  /** To be tried when its back-off is over. */
  #requeue(waiting: Waiting, event: string): void {
    const ends = waiting.triedAt + this.#backoffMs(waiting)
    const waitMs = ends - this.#clock.now()
    if (waitMs <= 0) {
      this.#activate(waiting, event)
      return
    }
    if (this.#isGated(waiting, event)) return
    this.#leave(waiting)
    waiting.place = 'backing off'
    this.#options.incoming?.(event, 'backoff')
    waiting.timer = this.#clock.after(waitMs, () => this.#activate(waiting, 'BackoffComplete'))
    // What failed by an error is not tried early: the error may be the load itself.
    if (waiting.errors > 0) return
    if (this.#backingOff.size > 2 * this.#waiting.size + keptAnyway) this.#backingOff.keep(isBackingOff)
    this.#backingOff.push({ waiting, window: Math.ceil(ends / windowMs), sequence: waiting.sequence })
    this.#options.wake()
  }

  #backoffMs({ errors, refusals }: Waiting): number {
    const count = errors > 0 ? errors : refusals
    return count === 0 ? 0 : Math.min(this.#maxBackoffMs, this.#initialBackoffMs * 2 ** (count - 1))
  }

  #takeActive(): Waiting | undefined {
    for (let next = this.#active.pop(); next; next = this.#active.pop()) if (next.place === 'active') return next
    return undefined
  }

  #takeEarly(): Waiting | undefined {
    for (let next = this.#backingOff.pop(); next; next = this.#backingOff.pop()) {
      if (!isBackingOff(next)) continue
      this.#options.incoming?.('PopFromBackoffQ', 'active')
      return next.waiting
    }
    return undefined
  }

  #activate(waiting: Waiting, event: string): void {
    if (event !== 'BackoffComplete' && this.#isGated(waiting, event)) return
    this.#leave(waiting)
    this.#options.incoming?.(event, 'active')
    waiting.place = 'active'
    this.#active.push(waiting)
    this.#options.wake()
  }

  /** One that a plugin holds back is parked until that plugin lets go. */
  #isGated(waiting: Waiting, event: string): boolean {
    waiting.gatedBy = this.#options.gateOf?.(waiting.info.pod)
    if (waiting.gatedBy === undefined) return false
    if (waiting.place !== 'parked') {
      this.#leave(waiting)
      this.#shelve(waiting, event)
    }
    return true
  }

  #leave(waiting: Waiting): void {
    waiting.timer?.cancel()
    waiting.timer = undefined
    this.#parked.delete(waiting)
    waiting.place = 'out'
  }
}

function isBackingOff({ waiting, sequence }: BackingOff): boolean {
  return waiting.place === 'backing off' && waiting.sequence === sequence
}

interface Ordered {
  readonly info: PodInfo
  readonly sequence: number
}

function before(a: Ordered, b: Ordered): boolean {
  return a.info.priority !== b.info.priority ? a.info.priority > b.info.priority : a.sequence < b.sequence
}

function endsBefore(a: BackingOff, b: BackingOff): boolean {
  return a.window !== b.window ? a.window < b.window : before(a.waiting, b.waiting)
}
