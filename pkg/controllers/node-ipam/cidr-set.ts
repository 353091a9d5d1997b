/** A cluster's range cut into equal parts, one a node: which are taken, and which comes next (upstream's CidrSet). */
import { numberToIp, parseCidr } from '#apimachinery/ip.ts'

/** A range may be cut into so many times two at most, as upstream's: 65,536 parts. */
const maxDifference = 16

export class CidrSet {
  readonly family: 4 | 6
  readonly #network: bigint
  readonly #step: bigint
  readonly #maskSize: number
  readonly #taken: Uint8Array
  #takenCount = 0
  /** Given back ones wait until all others have had their turn: what still speaks to the old owner should not meet a new one. */
  #next = 0
  /** Told of each part that is taken (and how many were looked at for it) or given back. */
  observer: { readonly taken: () => void; readonly released: () => void; readonly tries: (count: number) => void } | undefined

  /** Throws upstream's words for a mask that cuts nothing, or too much. */
  constructor(cidr: string, maskSize?: number) {
    const parsed = parseCidr(cidr)
    if (!parsed) throw new Error(`invalid CIDR address: ${cidr}`)
    const { family, network, prefixLength } = parsed
    this.family = family
    this.#maskSize = maskSize ?? (family === 4 ? 24 : 64)
    const difference = this.#maskSize - prefixLength
    if (difference < 0) throw new Error('New CIDR set failed; the node CIDR size is too small')
    if (difference > maxDifference) throw new Error('New CIDR set failed; the node CIDR size is too big')
    this.#network = network
    this.#step = 1n << BigInt((family === 4 ? 32 : 128) - this.#maskSize)
    this.#taken = new Uint8Array(2 ** difference)
  }

  /** Takes the next free part; undefined: there is none. */
  allocate(): string | undefined {
    const { length } = this.#taken
    if (this.#takenCount === length) return undefined
    let index = this.#next
    let tries = 0
    while (this.#taken[index] === 1) {
      index = (index + 1) % length
      tries++
    }
    this.observer?.tries(tries)
    this.#take(index, 1)
    this.#next = (index + 1) % length
    return `${numberToIp(this.#network + BigInt(index) * this.#step, this.family)}/${this.#maskSize}`
  }

  /** Every part that the range touches is taken: a node's own, or one that Services have. */
  occupy(cidr: string): void {
    this.#each(cidr, 1)
  }

  release(cidr: string): void {
    this.#each(cidr, 0)
  }

  #each(cidr: string, taken: 0 | 1): void {
    const parsed = parseCidr(cidr)
    if (!parsed || parsed.family !== this.family) return
    const size = 1n << BigInt((this.family === 4 ? 32 : 128) - parsed.prefixLength)
    const from = (parsed.network - this.#network) / this.#step
    const to = (parsed.network + size - 1n - this.#network) / this.#step
    if (parsed.network + size <= this.#network || from >= BigInt(this.#taken.length)) return
    const last = to < BigInt(this.#taken.length) ? Number(to) : this.#taken.length - 1
    for (let index = from < 0n ? 0 : Number(from); index <= last; index++) this.#take(index, taken)
  }

  #take(index: number, taken: 0 | 1): void {
    if (this.#taken[index] === taken) return
    this.#taken[index] = taken
    this.#takenCount += taken === 1 ? 1 : -1
    if (taken === 1) this.observer?.taken()
    else this.observer?.released()
  }

  get size(): number {
    return this.#taken.length
  }

  get takenCount(): number {
    return this.#takenCount
  }
}
