/**
 * Pods that wait for a node: those to try now by priority and age; those that did not fit, until something changed that
 * matters to who refused them; with a back-off of 1 s to 10 s between tries, and never longer than five minutes
 * (upstream's SchedulingQueue with its queueing hints).
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Clock, Timer } from '#base/clock.ts'
import type { ClusterEvent, EventInterest } from './framework/events.ts'
import { Heap } from './heap.ts'
import { type PodInfo, podInfoOf } from './state/pod-info.ts'

export interface Waiting {
  info: PodInfo
  attempts: number
  triedAt: number
  /** When it was first seen. */
  readonly since: number
  readonly sequence: number
  place: 'active' | 'parked' | 'backing off' | 'out'
  timer: Timer | undefined
  /** Who refused it; nobody: any change may help. */
  refusedBy: ReadonlySet<string>
}

export interface QueueOptions {
  readonly clock: Clock
  readonly wake: () => void
  readonly interestsOf: (plugin: string) => readonly EventInterest[]
  readonly initialBackoffMs?: number
  readonly maxBackoffMs?: number
  /** Hears of each pod that comes into a queue, and why. */
  readonly incoming?: (event: string, queue: 'active' | 'backoff' | 'unschedulable') => void
}

const maxUnschedulableMs = 5 * 60_000
const nobody: ReadonlySet<string> = new Set()

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #wake: () => void
  readonly #interestsOf: (plugin: string) => readonly EventInterest[]
  readonly #initialBackoffMs: number
  readonly #maxBackoffMs: number
  /** All that wait, wherever. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #parked = new Set<Waiting>()
  /** May hold some that are no longer active; they are passed over. */
  readonly #active = new Heap<Waiting>(before)
  readonly #incoming: (event: string, queue: 'active' | 'backoff' | 'unschedulable') => void
  #sequence = 0
  #flushTimer: Timer | undefined

  constructor({ clock, wake, interestsOf, initialBackoffMs = 1_000, maxBackoffMs = 10_000, incoming = () => {} }: QueueOptions) {
    this.#incoming = incoming
    this.#clock = clock
    this.#wake = wake
    this.#interestsOf = interestsOf
    this.#initialBackoffMs = initialBackoffMs
    this.#maxBackoffMs = maxBackoffMs
  }

  get size(): number {
    return this.#waiting.size
  }

  /** A pod without a node is there, or changed. */
  add(pod: Pod): void {
    const key = keyOf(pod)
    const known = this.#waiting.get(key)
    const waiting: Waiting = known ?? {
      info: podInfoOf(pod),
      attempts: 0,
      triedAt: 0,
      since: this.#clock.now(),
      sequence: this.#sequence++,
      place: 'out',
      timer: undefined,
      refusedBy: nobody,
    }
    if (known) known.info = podInfoOf(pod)
    this.#waiting.set(key, waiting)
    if (waiting.place === 'out' || waiting.place === 'parked') this.#activate(waiting, known ? 'UnschedulablePodUpdate' : 'UnschedulablePodAdd')
  }

  /** Renews what is known of a pod whose wish did not change; false: it is not here. */
  refresh(pod: Pod): boolean {
    const known = this.#waiting.get(keyOf(pod))
    if (known) known.info = podInfoOf(pod)
    return known !== undefined
  }

  delete(key: string): void {
    const waiting = this.#waiting.get(key)
    if (!waiting) return
    this.#leave(waiting)
    this.#waiting.delete(key)
  }

  /** The next to try: the highest priority, then the one that came first. It is out of the queue until parked or retried. */
  take(): Waiting | undefined {
    for (let next = this.#active.pop(); next; next = this.#active.pop()) {
      if (next.place !== 'active') continue
      next.place = 'out'
      this.#waiting.delete(next.info.key)
      return next
    }
    return undefined
  }

  /** It did not fit. */
  park(waiting: Waiting, refusedBy: ReadonlySet<string>): void {
    this.#tried(waiting)
    waiting.refusedBy = refusedBy
    waiting.place = 'parked'
    this.#parked.add(waiting)
    this.#incoming('ScheduleAttemptFailure', 'unschedulable')
    this.#flushTimer ??= this.#clock.after(maxUnschedulableMs, () => this.#flush())
  }

  /** It failed for a reason that is not the cluster's state. */
  retry(waiting: Waiting): void {
    this.#tried(waiting)
    waiting.refusedBy = nobody
    this.#backOff(waiting, 'ScheduleAttemptFailure')
  }

  /** Something changed; those it may help are tried again when their back-off is over. */
  changed(event: ClusterEvent, after: unknown, previous?: unknown): void {
    for (const waiting of this.#parked) if (this.#mayHelp(waiting, event, after, previous)) this.#backOff(waiting, labelOf(event))
  }

  /** Tries this one again, whatever it waits for. */
  wakeUp(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting?.place === 'parked') this.#backOff(waiting, 'ForceActivate')
  }

  /** How many wait where. */
  counts(): { active: number; backoff: number; unschedulable: number } {
    const found = { active: 0, backoff: 0, unschedulable: 0 }
    for (const { place } of this.#waiting.values()) {
      if (place === 'active') found.active++
      else if (place === 'parked') found.unschedulable++
      else if (place === 'backing off') found.backoff++
    }
    return found
  }

  /** Those that did not fit, with who refused them. */
  refused(): Iterable<{ readonly info: PodInfo; readonly refusedBy: ReadonlySet<string> }> {
    return this.#parked
  }

  close(): void {
    this.#flushTimer?.cancel()
    for (const waiting of this.#waiting.values()) this.#leave(waiting)
    this.#waiting.clear()
  }

  #mayHelp({ info, refusedBy }: Waiting, event: ClusterEvent, after: unknown, previous: unknown): boolean {
    if (refusedBy.size === 0) return true
    for (const plugin of refusedBy) {
      for (const interest of this.#interestsOf(plugin)) {
        if (interest.event === event && (interest.hint?.(info.pod, after, previous) ?? true)) return true
      }
    }
    return false
  }

  #tried(waiting: Waiting): void {
    waiting.attempts++
    waiting.triedAt = this.#clock.now()
    this.#waiting.set(waiting.info.key, waiting)
  }

  #flush(): void {
    this.#flushTimer = undefined
    for (const waiting of this.#parked) this.#backOff(waiting, 'UnschedulableTimeout')
  }

  #backOff(waiting: Waiting, event: string): void {
    this.#parked.delete(waiting)
    const waitMs = waiting.triedAt + Math.min(this.#maxBackoffMs, this.#initialBackoffMs * 2 ** (waiting.attempts - 1)) - this.#clock.now()
    if (waitMs <= 0) {
      this.#activate(waiting, event)
      return
    }
    waiting.place = 'backing off'
    this.#incoming(event, 'backoff')
    waiting.timer = this.#clock.after(waitMs, () => this.#activate(waiting, 'BackoffComplete'))
  }

  #activate(waiting: Waiting, event: string): void {
    this.#leave(waiting)
    this.#incoming(event, 'active')
    waiting.place = 'active'
    this.#active.push(waiting)
    this.#wake()
  }

  #leave(waiting: Waiting): void {
    waiting.timer?.cancel()
    waiting.timer = undefined
    this.#parked.delete(waiting)
    waiting.place = 'out'
  }
}

/** "Node/Add" is upstream's NodeAdd, "Node/UpdateLabel" its NodeUpdateNodeLabel. */
function labelOf(event: ClusterEvent): string {
  return event.replace('Node/Update', 'NodeUpdateNode').replace('/Change', 'Update').replace('/', '')
}

function before(a: Waiting, b: Waiting): boolean {
  return a.info.priority !== b.info.priority ? a.info.priority > b.info.priority : a.sequence < b.sequence
}
