/**
 * Pods that wait for a node: those to try now by priority and age, those that did not fit until something changed,
 * with a back-off of 1 s to 10 s between tries, and never longer than five minutes (upstream's SchedulingQueue).
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { Clock, Timer } from '#base/clock.ts'

interface Waiting {
  pod: Pod
  attempts: number
  triedAt: number
  sequence: number
}

const initialBackoffMs = 1_000
const maxBackoffMs = 10_000
const maxUnschedulableMs = 5 * 60_000

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #wake: () => void
  readonly #active = new Map<string, Waiting>()
  readonly #parked = new Map<string, Waiting>()
  readonly #backingOff = new Map<string, { readonly waiting: Waiting; readonly timer: Timer }>()
  /** How often anything changed that might let a pod fit; a pod tried before a change is tried again. */
  #changes = 0
  #sequence = 0
  #flushTimer: Timer | undefined

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  get changes(): number {
    return this.#changes
  }

  get size(): number {
    return this.#active.size + this.#parked.size + this.#backingOff.size
  }

  /** A pod without a node is there, or changed. */
  add(pod: Pod): void {
    const key = keyOf(pod)
    const known = this.#active.get(key) ?? this.#backingOff.get(key)?.waiting
    if (known) {
      known.pod = pod
      return
    }
    const parked = this.#parked.get(key)
    this.#parked.delete(key)
    this.#activate(key, { ...(parked ?? { attempts: 0, triedAt: 0, sequence: this.#sequence++ }), pod })
  }

  /** Renews what is known of a pod whose wish did not change. */
  refresh(pod: Pod): boolean {
    const key = keyOf(pod)
    const known = this.#active.get(key) ?? this.#backingOff.get(key)?.waiting ?? this.#parked.get(key)
    if (known) known.pod = pod
    return known !== undefined
  }

  delete(key: string): void {
    this.#active.delete(key)
    this.#parked.delete(key)
    this.#backingOff.get(key)?.timer.cancel()
    this.#backingOff.delete(key)
  }

  /** The next to try: the highest priority, then the one that waits longest. */
  take(): Waiting | undefined {
    let best: Waiting | undefined
    for (const waiting of this.#active.values()) {
      if (!best || before(waiting, best)) best = waiting
    }
    if (best) this.#active.delete(keyOf(best.pod))
    return best
  }

  /** It did not fit. `changesSeen`: what `changes` was when the attempt began; a change since then counts. */
  park(waiting: Waiting, changesSeen: number): void {
    waiting.attempts++
    waiting.triedAt = this.#clock.now()
    const key = keyOf(waiting.pod)
    if (changesSeen !== this.#changes) this.#backOff(key, waiting)
    else this.#parked.set(key, waiting)
    this.#flushTimer ??= this.#clock.after(maxUnschedulableMs, () => {
      this.#flushTimer = undefined
      this.changed()
    })
  }

  /** It failed for a reason that is not the cluster's state. */
  retry(waiting: Waiting): void {
    waiting.attempts++
    waiting.triedAt = this.#clock.now()
    this.#backOff(keyOf(waiting.pod), waiting)
  }

  /** A node or pod changed so that what did not fit may fit now. */
  changed(): void {
    this.#changes++
    for (const [key, waiting] of this.#parked) this.#backOff(key, waiting)
    this.#parked.clear()
  }

  close(): void {
    this.#flushTimer?.cancel()
    for (const { timer } of this.#backingOff.values()) timer.cancel()
    this.#active.clear()
    this.#parked.clear()
    this.#backingOff.clear()
  }

  #backOff(key: string, waiting: Waiting): void {
    const waitMs = waiting.triedAt + Math.min(maxBackoffMs, initialBackoffMs * 2 ** (waiting.attempts - 1)) - this.#clock.now()
    if (waitMs <= 0) {
      this.#activate(key, waiting)
      return
    }
    const timer = this.#clock.after(waitMs, () => {
      this.#backingOff.delete(key)
      this.#activate(key, waiting)
    })
    this.#backingOff.set(key, { waiting, timer })
  }

  #activate(key: string, waiting: Waiting): void {
    this.#active.set(key, waiting)
    this.#wake()
  }
}

function before(a: Waiting, b: Waiting): boolean {
  const priority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0)
  return priority !== 0 ? priority < 0 : a.sequence < b.sequence
}
