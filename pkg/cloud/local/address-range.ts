/** The addresses of one family that LoadBalancer Services may have, and who has them. */
import { ipToNumber, isIpv4Address, isIpv6Address, numberToIp, parseCidr } from '#apimachinery/ip.ts'

export class AddressRange {
  readonly family: 4 | 6
  readonly #first: bigint
  readonly #last: bigint
  readonly #owners = new Map<string, string>()

  /** `range` is "172.30.0.128/25"; its last address is left alone, as it may be the link's broadcast address. */
  constructor(range: string) {
    const cidr = parseCidr(range)
    const bits = cidr?.family === 4 ? 32 : 128
    const hostBits = cidr ? bits - cidr.prefixLength : 0
    if (!cidr || hostBits < 1 || hostBits > 24) throw new RangeError(`${JSON.stringify(range)} is not a range for load balancers`)
    this.family = cidr.family
    this.#first = cidr.network
    this.#last = cidr.network + (1n << BigInt(hostBits)) - 2n
  }

  contains(address: string): boolean {
    if (!(this.family === 4 ? isIpv4Address(address) : isIpv6Address(address))) return false
    const value = ipToNumber(address)
    return value >= this.#first && value <= this.#last
  }

  ownerOf(address: string): string | undefined {
    return this.#owners.get(address)
  }

  heldBy(owner: string): string | undefined {
    for (const [address, each] of this.#owners) if (each === owner) return address
    return undefined
  }

  /** True when `owner` has the address now. */
  take(address: string, owner: string): boolean {
    const present = this.#owners.get(address)
    if (present !== undefined) return present === owner
    this.#owners.set(address, owner)
    return true
  }

  /** The lowest address that is free and not among `avoided`. */
  takeAny(owner: string, avoided: ReadonlySet<string>): string | undefined {
    for (let value = this.#first; value <= this.#last; value++) {
      const address = numberToIp(value, this.family)
      if (this.#owners.has(address) || avoided.has(address)) continue
      this.#owners.set(address, owner)
      return address
    }
    return undefined
  }

  release(owner: string, except?: string): void {
    for (const [address, each] of this.#owners) if (each === owner && address !== except) this.#owners.delete(address)
  }
}
