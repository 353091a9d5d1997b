/** Node ports: who has which, and which is next. The low band is kept for ports that users choose. */
import { randomInt } from 'node:crypto'

export class PortPool {
  readonly #from: number
  readonly #to: number
  readonly #taken = new Set<number>()

  constructor({ from, to }: { readonly from: number; readonly to: number }) {
    this.#from = from
    this.#to = to
  }

  /** Why it cannot be had; undefined: it is the caller's. */
  take(port: number): string | undefined {
    if (port < this.#from || port > this.#to) return `provided port is not in the valid range. The range of valid ports is ${this.#from}-${this.#to}`
    if (this.#taken.has(port)) return 'provided port is already allocated'
    this.#taken.add(port)
    return undefined
  }

  next(): number | undefined {
    const size = this.#to - this.#from + 1
    const low = Math.min(Math.max(16, Math.floor(size / 32)), 128, size)
    const port = this.#freeIn(this.#from + low, this.#to) ?? this.#freeIn(this.#from, this.#from + low - 1)
    if (port !== undefined) this.#taken.add(port)
    return port
  }

  release(port: number): void {
    this.#taken.delete(port)
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
