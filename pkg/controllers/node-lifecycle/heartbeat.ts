/** When each node was last heard of, by our own clock: a change of its Lease or of its Ready condition's heartbeat. */
import type { Lease } from '#api/gen/coordination/v1.ts'
import type { Node } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'

interface Heard {
  renewTime: string | undefined
  heartbeat: string | undefined
  at: number
}

export class Heartbeats {
  readonly #clock: Clock
  readonly #heard = new Map<string, Heard>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  lease(name: string, lease: Lease): void {
    const heard = this.#of(name)
    if (heard.renewTime === lease.spec?.renewTime) return
    heard.renewTime = lease.spec?.renewTime
    heard.at = this.#clock.now()
  }

  node(node: Node): void {
    const isNew = !this.#heard.has(node.metadata.name)
    const heard = this.#of(node.metadata.name)
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
    // One that never said anything is waited for since it was made.
    if (isNew && !ready) heard.at = Date.parse(node.metadata.creationTimestamp ?? '') || heard.at
    if (heard.heartbeat === ready?.lastHeartbeatTime) return
    heard.heartbeat = ready?.lastHeartbeatTime
    heard.at = this.#clock.now()
  }

  /** Milliseconds since the node was last heard of. */
  silentMs(name: string): number {
    return this.#clock.now() - this.#of(name).at
  }

  /** As if all had been heard of just now. */
  forgive(): void {
    for (const heard of this.#heard.values()) heard.at = this.#clock.now()
  }

  forget(name: string): void {
    this.#heard.delete(name)
  }

  #of(name: string): Heard {
    const known = this.#heard.get(name)
    if (known) return known
    const made: Heard = { renewTime: undefined, heartbeat: undefined, at: this.#clock.now() }
    this.#heard.set(name, made)
    return made
  }
}
