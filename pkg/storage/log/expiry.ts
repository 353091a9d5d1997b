import type { Clock, Timer } from '#base/clock.ts'
import type { KeyHistory } from './key-history.ts'

/** How many expired keys are deleted in one go. */
const sweepLimit = 500
/** After a sweep that failed (a full disk). */
const retryDelayMs = 5000

interface Due {
  readonly atMs: number
  readonly history: KeyHistory
}

export interface ExpiryOptions {
  readonly clock: Clock
  /** Deletes these entries if they are still of the revision they had; rejects when that could not be written. */
  readonly expire: (due: readonly KeyHistory[]) => Promise<void>
}

/** Deletes entries whose time is over. A heap with one place a key, looked at again when the time it was put there for comes. */
export class Expiry {
  readonly #clock: Clock
  readonly #expire: ExpiryOptions['expire']
  readonly #heap: Due[] = []
  readonly #queuedFor = new Map<KeyHistory, number>()
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #sweeping = false
  #stopped = false

  constructor({ clock, expire }: ExpiryOptions) {
    this.#clock = clock
    this.#expire = expire
  }

  /** To be called after every put of a key that has an expiry. */
  note(history: KeyHistory): void {
    const queued = this.#queuedFor.get(history)
    if (queued !== undefined && queued <= history.expiresAtMs) return
    this.#queuedFor.set(history, history.expiresAtMs)
    push(this.#heap, { atMs: history.expiresAtMs, history })
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #arm(delayMs = 0): void {
    const next = this.#heap[0]
    if (!next || this.#sweeping || this.#stopped) return
    const atMs = Math.max(next.atMs, this.#clock.now() + delayMs)
    if (atMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = this.#clock.after(atMs - this.#clock.now(), () => void this.#sweep())
  }

  async #sweep(): Promise<void> {
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#sweeping = true
    const now = this.#clock.now()
    const due: KeyHistory[] = []
    for (let next = this.#heap[0]; next && next.atMs <= now && due.length < sweepLimit; next = this.#heap[0]) {
      pop(this.#heap)
      const { history } = next
      if (this.#queuedFor.get(history) !== next.atMs) continue
      this.#queuedFor.delete(history)
      if (!history.entry || history.expiresAtMs === 0) continue
      if (history.expiresAtMs <= now) due.push(history)
      else this.note(history)
    }
    let delayMs = 0
    try {
      if (due.length > 0) await this.#expire(due)
    } catch {
      delayMs = retryDelayMs
      for (const history of due) this.note(history)
    }
    this.#sweeping = false
    this.#arm(delayMs)
  }
}

function push(heap: Due[], item: Due): void {
  let at = heap.length
  heap.push(item)
  while (at > 0) {
    const parent = (at - 1) >>> 1
    if (heap[parent]!.atMs <= item.atMs) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = item
}

function pop(heap: Due[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
    if (heap[child]!.atMs >= last.atMs) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
