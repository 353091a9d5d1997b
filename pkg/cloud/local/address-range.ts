/** The addresses that LoadBalancer Services may have, and who has them. */
export class AddressRange {
  readonly #first: number
  readonly #last: number
  readonly #owners = new Map<string, string>()

  /** `range` is "172.30.0.128/25"; its last address is left alone, as it may be the link's broadcast address. */
  constructor(range: string) {
    const [address = '', bits = ''] = range.split('/')
    if (!isIpv4(address) || !/^\d+$/.test(bits) || Number(bits) < 8 || Number(bits) > 31) throw new RangeError(`${JSON.stringify(range)} is not an IPv4 range`)
    const size = 2 ** (32 - Number(bits))
    this.#first = Math.floor(numberOf(address) / size) * size
    this.#last = this.#first + size - 2
  }

  contains(address: string): boolean {
    return isIpv4(address) && numberOf(address) >= this.#first && numberOf(address) <= this.#last
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
      const address = textOf(value)
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

function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text)
}

function numberOf(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0)
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
