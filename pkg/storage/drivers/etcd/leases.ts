import { randomBytes } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import type { Call } from './connection.ts'

/** As upstream's lease manager: one lease serves the writes of a minute (at most a twentieth of the time to live), and so many of them. */
const reuseSeconds = 60
const reuseShare = 0.05
const maxWritesOfLease = 1000

interface Lease {
  readonly id: Promise<number>
  readonly reusableUntilMs: number
  writes: number
}

/** Leases for writes with a time to live; each lives a little longer than asked so that it can be shared. */
export class Leases {
  readonly #call: Call
  readonly #clock: Clock
  readonly #byTtl = new Map<number, Lease>()

  constructor(call: Call, clock: Clock) {
    this.#call = call
    this.#clock = clock
  }

  async for(ttlSeconds: number): Promise<number> {
    const now = this.#clock.now()
    const known = this.#byTtl.get(ttlSeconds)
    if (known && known.reusableUntilMs > now && known.writes < maxWritesOfLease) {
      known.writes++
      return known.id
    }
    for (const [ttl, lease] of this.#byTtl) if (lease.reusableUntilMs <= now) this.#byTtl.delete(ttl)
    const shared = Math.min(reuseSeconds, ttlSeconds * reuseShare)
    const lease: Lease = { id: this.#grant(Math.ceil(ttlSeconds + shared)), reusableUntilMs: now + shared * 1000, writes: 1 }
    this.#byTtl.set(ttlSeconds, lease)
    lease.id.catch(() => {
      if (this.#byTtl.get(ttlSeconds) === lease) this.#byTtl.delete(ttlSeconds)
    })
    return lease.id
  }

  async #grant(ttlSeconds: number): Promise<number> {
    // Our own id, of 52 bits: the server's would not fit a number.
    const id = (randomBytes(6).readUIntBE(0, 6) % 2 ** 48) * 16 + 1
    await this.#call('Lease', 'LeaseGrant', { TTL: ttlSeconds, ID: id })
    return id
  }
}
