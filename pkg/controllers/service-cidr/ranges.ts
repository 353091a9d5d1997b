/** What lies in the ranges of a ServiceCIDR. */
import type { ServiceCIDR } from '#api/gen/networking/v1.ts'
import { type Cidr, ipToNumber, parseCidr } from '#apimachinery/ip.ts'

function rangesOf({ spec }: ServiceCIDR): Cidr[] {
  return (spec.cidrs ?? []).map(parseCidr).filter((each) => each !== undefined)
}

function last({ family, network, prefixLength }: Cidr): bigint {
  return network + (1n << BigInt((family === 4 ? 32 : 128) - prefixLength)) - 1n
}

export function containsAddress(cidr: ServiceCIDR, address: string): boolean {
  const family = address.includes(':') ? 6 : 4
  const value = ipToNumber(address)
  return rangesOf(cidr).some((range) => range.family === family && value >= range.network && value <= last(range))
}

export function containsRange(cidr: ServiceCIDR, text: string): boolean {
  const inner = parseCidr(text)
  return !!inner && rangesOf(cidr).some((outer) => outer.family === inner.family && outer.network <= inner.network && last(outer) >= last(inner))
}

export function overlaps(a: ServiceCIDR, b: ServiceCIDR): boolean {
  return rangesOf(a).some((one) => rangesOf(b).some((other) => one.family === other.family && one.network <= last(other) && other.network <= last(one)))
}
