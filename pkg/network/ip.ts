/** Addresses and ranges of both families. Where only IPv4 is meant and speed matters, see `ipv4.ts`. */
import { isIP } from 'node:net'
import { ipToNumber, numberToIp, parseCidr } from '#apimachinery/ip.ts'

export type IpFamily = 4 | 6

export interface IpRange {
  readonly family: IpFamily
  readonly first: bigint
  readonly last: bigint
  readonly bits: number
}

/** Undefined for what is no address. */
export function ipFamily(text: string): IpFamily | undefined {
  const family = isIP(text)
  return family === 4 || (family === 6 && !text.includes('%')) ? family : undefined
}

/** The family of "10.0.0.0/8", "fd00::/8" or an address; a range of the plan is always one. */
export function rangeFamily(range: string): IpFamily {
  return range.includes(':') ? 6 : 4
}

/** Reads "10.0.0.0/8" or "fd00::/8"; a bare address is a range of one. */
export function parseIpRange(text: string): IpRange {
  const family = rangeFamily(text)
  const parsed = parseCidr(text.includes('/') ? text : `${text}/${family === 4 ? 32 : 128}`)
  if (!parsed || parsed.family !== family) throw new RangeError(`${JSON.stringify(text)} is not a range of IP addresses`)
  const { network, prefixLength } = parsed
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefixLength)
  return { family, first: network, last: network + size - 1n, bits: prefixLength }
}

/** Whether all of `inner`, a range or an address, is in `outer`. */
export function ipRangeContains(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && inner.first >= outer.first && inner.last <= outer.last
}

/** The address at a place in a range: 1 is the first that a machine may have. */
export function ipAt(range: string, index: number): string {
  const { family, first, last } = parseIpRange(range)
  const value = first + BigInt(index)
  if (index < 0 || value > last) throw new RangeError(`${range} has no address number ${index}`)
  return numberToIp(value, family)
}

export function ipNumber(address: string): bigint {
  return ipToNumber(address)
}

/** "10.0.0.1/32", "fd00::1/128": a range of this one address. */
export function alone(address: string): string {
  return `${address}/${rangeFamily(address) === 4 ? 32 : 128}`
}

/** As in a URL. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
