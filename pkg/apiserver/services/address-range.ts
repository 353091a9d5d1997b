/** The addresses of one range that Services may have. Upstream keeps the low band for addresses that users choose (KEP-3070). */
import { randomInt } from 'node:crypto'
import { ipToNumber, isIpv4Address, isIpv6Address, numberToIp, parseCidr } from '#apimachinery/ip.ts'

export class AddressRange {
  readonly cidr: string
  readonly family: 4 | 6
  readonly #network: bigint
  readonly #first: bigint
  readonly #last: bigint

  /** Throws a RangeError where the text is no range that Services can be given addresses of. */
  constructor(cidr: string) {
    const parsed = parseCidr(cidr)
    if (!parsed) throw new RangeError(`the Service range ${cidr} is not a network`)
    const { family, network, prefixLength } = parsed
    if (family === 6 && prefixLength < 64) throw new RangeError(`shortest allowed prefix length for service CIDR is 64, got ${prefixLength}`)
    const size = 1n << BigInt((family === 4 ? 32 : 128) - prefixLength)
    this.cidr = cidr
    this.family = family
    this.#network = network
    this.#first = network + 1n
    // The last address of an IPv4 network is its broadcast address.
    this.#last = network + size - (family === 4 ? 2n : 1n)
  }

  /** The address of the Service `kubernetes`. */
  get first(): string {
    return numberToIp(this.#first, this.family)
  }

  /** What a dry run is given. */
  get networkAddress(): string {
    return numberToIp(this.#network, this.family)
  }

  contains(address: string): boolean {
    if (!(this.family === 4 ? isIpv4Address(address) : isIpv6Address(address))) return false
    const value = ipToNumber(address)
    return value >= this.#network && value <= this.#last + (this.family === 4 ? 1n : 0n)
  }

  /** Neither the network's own address nor its broadcast address can be had. */
  offers(address: string): boolean {
    if (!this.contains(address)) return false
    const value = ipToNumber(address)
    return value >= this.#first && value <= this.#last
  }

  /** Every address once: the upper band from anywhere in it, then the lower one likewise. */
  *candidates(): Generator<string> {
    const usable = this.#last - this.#first + 1n
    const wanted = (usable + 2n) / 16n
    const low = usable <= 16n ? 0n : wanted < 16n ? 16n : wanted > 256n ? 256n : wanted
    yield* this.#from(this.#first + low, usable - low)
    yield* this.#from(this.#first, low)
  }

  *#from(start: bigint, count: bigint): Generator<string> {
    if (count <= 0n) return
    const begin = BigInt(randomInt(Number(count > 0xffffffffn ? 0xffffffffn : count)))
    for (let step = 0n; step < count; step++) yield numberToIp(start + ((begin + step) % count), this.family)
  }
}
