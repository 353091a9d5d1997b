/** Addresses of Services: who has which, and which is next. Upstream keeps the low band for addresses that users choose. */
import { randomInt } from 'node:crypto'

export class AddressPool {
  readonly cidr: string
  readonly #base: number
  readonly #size: number
  readonly #taken = new Set<number>()

  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/')
    const prefix = Number(bits)
    if (!(prefix >= 8 && prefix <= 30)) throw new Error(`the Service range ${cidr} must be an IPv4 network of /8 to /30`)
    this.cidr = cidr
    this.#size = 2 ** (32 - prefix)
    this.#base = Math.floor(toNumber(address) / this.#size) * this.#size
  }

  /** The address of the Service `kubernetes`. */
  get first(): string {
    return toText(this.#base + 1)
  }

  /** Why it cannot be had; undefined: it is the caller's. */
  take(address: string): string | undefined {
    const at = isIPv4(address) ? toNumber(address) : -1
    if (at <= this.#base || at >= this.#base + this.#size - 1) {
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.cidr}`
    }
    if (this.#taken.has(at)) return 'provided IP is already allocated'
    this.#taken.add(at)
    return undefined
  }

  /** Any free one; undefined when none is left. */
  next(): string | undefined {
    const usable = this.#size - 2
    const low = Math.min(Math.max(16, Math.floor(this.#size / 16)), 256, usable)
    const at = this.#freeIn(low, usable) ?? this.#freeIn(0, low)
    if (at === undefined) return undefined
    this.#taken.add(at)
    return toText(at)
  }

  release(address: string): void {
    this.#taken.delete(toNumber(address))
  }

  #freeIn(from: number, to: number): number | undefined {
    const count = to - from
    if (count <= 0) return undefined
    const start = randomInt(count)
    for (let step = 0; step < count; step++) {
      const at = this.#base + 1 + from + ((start + step) % count)
      if (!this.#taken.has(at)) return at
    }
    return undefined
  }
}

function isIPv4(text: string): boolean {
  return /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
