/** Encoded answers by question. When it is full, the oldest goes. */
import type { Clock } from '#base/clock.ts'
import { timesToLive } from './raw-message.ts'

interface Forwarded {
  readonly message: Buffer
  readonly ttlOffsets: readonly number[]
  readonly storedMs: number
  readonly expiresMs: number
}

const entryLimit = 10_000
const longestSeconds = 3600
const longestNegativeSeconds = 30
type Kinds = Record<'success' | 'denial', number>

/** Of a cached answer: it gives what was asked for, or says that there is none. */
export const kindOf = (message: Buffer): keyof Kinds => (noErrorWithAnswers(message) ? 'success' : 'denial')

const noErrorWithAnswers = (message: Buffer) => (message.readUInt16BE(2) & 0xf) === 0 && message.readUInt16BE(6) > 0

/** Answers out of the cluster's own records: several orders of the same records, taken in turn to spread load; gone at every change. */
export class ZoneCache {
  #entries = new Map<string, { orders: readonly Buffer[]; next: number }>()

  get(key: string): Buffer | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    const { orders } = entry
    entry.next = entry.next + 1 < orders.length ? entry.next + 1 : 0
    return orders[entry.next]
  }

  put(key: string, orders: readonly Buffer[]): void {
    evict(this.#entries)
    this.#entries.set(key, { orders, next: 0 })
  }

  count(): Kinds {
    return countKinds([...this.#entries.values()].map(({ orders }) => orders[0]!))
  }

  clear(): void {
    if (this.#entries.size > 0) this.#entries = new Map()
  }
}

/** Answers from upstream, for as long as their records live. */
export class ForwardCache {
  readonly #clock: Clock
  readonly #entries = new Map<string, Forwarded>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A copy with what is left of each record's time. */
  get(key: string): Buffer | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    const now = this.#clock.now()
    if (now >= entry.expiresMs) {
      this.#entries.delete(key)
      return undefined
    }
    const message = Buffer.from(entry.message)
    const age = Math.floor((now - entry.storedMs) / 1000)
    for (const offset of entry.ttlOffsets) message.writeUInt32BE(Math.max(0, message.readUInt32BE(offset) - age), offset)
    return message
  }

  count(): Kinds {
    return countKinds([...this.#entries.values()].map(({ message }) => message))
  }

  clear(): void {
    this.#entries.clear()
  }

  put(key: string, message: Buffer): void {
    const flags = message.readUInt16BE(2)
    const code = flags & 0xf
    const truncatedBit = flags & 0x0200
    if (truncatedBit || (code !== 0 && code !== 3)) return
    const times = timesToLive(message)
    if (!times || times.offsets.length === 0) return
    const seconds = Math.min(times.least, noErrorWithAnswers(message) ? longestSeconds : longestNegativeSeconds)
    if (seconds <= 0) return
    evict(this.#entries)
    const storedMs = this.#clock.now()
    this.#entries.set(key, { message: Buffer.from(message), ttlOffsets: times.offsets, storedMs, expiresMs: storedMs + seconds * 1000 })
  }
}

function countKinds(messages: readonly Buffer[]): Kinds {
  const count = { success: 0, denial: 0 }
  for (const each of messages) count[kindOf(each)]++
  return count
}

function evict(entries: Map<string, unknown>): void {
  if (entries.size < entryLimit) return
  const oldest = entries.keys().next()
  if (!oldest.done) entries.delete(oldest.value)
}
