/** Node ports: who has which, and which is next. The low band is kept for ports that users choose. */
import { randomInt } from 'node:crypto'
import type { PortClaims } from './port-claims.ts'

export const alreadyAllocated = 'provided port is already allocated'

export class PortPool {
  readonly #from: number
  readonly #to: number
  /** What is known to be taken; what another server took is found out when it is asked for. */
  readonly #taken = new Set<number>()
  readonly #claims: PortClaims

  constructor({ from, to }: { readonly from: number; readonly to: number }, claims: PortClaims) {
    this.#from = from
    this.#to = to
    this.#claims = claims
  }

  /** Held by a stored Service. */
  hold(port: number): void {
    this.#taken.add(port)
  }

  /** Its Service is gone, here or by another server. */
  forget(port: number): void {
    this.#taken.delete(port)
  }

  isTaken(port: number): boolean {
    return this.#taken.has(port)
  }

  /** Why it cannot be had; undefined: it is the caller's. */
  async take(port: number): Promise<string | undefined> {
    if (port < this.#from || port > this.#to) return `provided port is not in the valid range. The range of valid ports is ${this.#from}-${this.#to}`
    if (this.#taken.has(port)) return alreadyAllocated
    this.#taken.add(port)
    return (await this.#claim(port)) ? undefined : alreadyAllocated
  }

  async next(): Promise<number | undefined> {
    const size = this.#to - this.#from + 1
    const low = Math.min(Math.max(16, Math.floor(size / 32)), 128, size)
    for (;;) {
      const port = this.#freeIn(this.#from + low, this.#to) ?? this.#freeIn(this.#from, this.#from + low - 1)
      if (port === undefined) return undefined
      this.#taken.add(port)
      // Each turn takes one more port out of the free ones: the loop ends.
      if (await this.#claim(port)) return port
    }
  }

  async release(port: number): Promise<void> {
    await this.#claims.release(port)
    this.#taken.delete(port)
  }

  async #claim(port: number): Promise<boolean> {
    try {
      return await this.#claims.take(port)
    } catch (error) {
      this.#taken.delete(port)
      throw error
    }
  }

  #freeIn(from: number, to: number): number | undefined {
    const count = to - from + 1
    if (count <= 0) return undefined
    const start = randomInt(count)
    for (let step = 0; step < count; step++) {
      const port = from + ((start + step) % count)
      if (!this.#taken.has(port)) return port
    }
    return undefined
  }
}
