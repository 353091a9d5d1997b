/** Checks of addresses and ranges, as k8s.io/apimachinery/pkg/util/validation's ip.go words them. */
import { isIPv4, SocketAddress } from 'node:net'

const INVALID_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const INVALID_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** An IPv4 address as old Go versions took it: leading zeros allowed, read as decimal. */
function withoutLeadingZeros(value: string): string | undefined {
  const octets = value.split('.')
  if (octets.length !== 4 || octets.some((octet) => !/^[0-9]{1,4}$/.test(octet) || Number(octet) > 255)) return undefined
  return octets.map(Number).join('.')
}

/** The canonical text of an address, leading zeros forgiven; undefined when it is none. */
export function parseIpSloppy(value: string): string | undefined {
  if (isIPv4(value)) return value
  if (isIpv6Address(value)) return canonicalIpv6(value)
  return withoutLeadingZeros(value)
}

/** RFC 5952; an IPv4-mapped address prints as IPv4, as Go's net.IP does. */
export function canonicalIpv6(value: string): string {
  const address = new SocketAddress({ address: value, family: 'ipv6' }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped) return mapped[1]!
  const compatible = /^::(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  if (!compatible) return address
  // inet_ntop prints ::/96 in dotted form; Go does not.
  const [a, b, c, d] = compatible.slice(1).map(Number) as [number, number, number, number]
  const high = a * 256 + b
  return high === 0 ? `::${(c * 256 + d).toString(16)}` : `::${high.toString(16)}:${(c * 256 + d).toString(16)}`
}

const isMapped = (value: string): boolean => isIpv6Address(value) && !canonicalIpv6(value).includes(':')

/** New API fields: canonical form required. */
export function isValidIp(value: string): string[] {
  const errors = isValidIpForLegacyField(value, true)
  if (errors.length > 0) return errors
  const canonical = parseIpSloppy(value)
  return canonical === value ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`]
}

export function isValidIpForLegacyField(value: string, strict = false): string[] {
  if (parseIpSloppy(value) === undefined) return [INVALID_IP]
  if (!strict) return []
  const errors: string[] = []
  if (!isIPv4(value) && !isIpv6Address(value)) errors.push('must not have leading 0s')
  if (isMapped(value)) errors.push('must not be an IPv4-mapped IPv6 address')
  return errors
}

export const isIpv4Address = (value: string): boolean => isIPv4(value)

/** RFC 4291, without a zone. The runtime's own check compiles a large expression at its first call, which takes most of ten milliseconds. */
export function isIpv6Address(value: string): boolean {
  const halves = value.split('::')
  if (!value.includes(':') || halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1)
  const dotted = tail !== undefined && !value.endsWith(':') && isIPv4(tail)
  const hex = dotted ? groups.slice(0, -1) : groups
  const count = hex.length + (dotted ? 2 : 0)
  return hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count <= 7 : count === 8)
}

export interface Cidr {
  readonly family: 4 | 6
  /** The network address, its host bits cleared. */
  readonly network: bigint
  readonly address: bigint
  readonly prefixLength: number
}

export function ipToNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  const plain = dotted ? `${dotted[1]}${hexPair(dotted[2]!)}` : address
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...middle, ...right].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n)
}

function hexPair(dotted: string): string {
  const value = ipToNumber(dotted)
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}

export function numberToIp(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const parts = Array.from({ length: 8 }, (_, index) => ((value >> BigInt((7 - index) * 16)) & 0xffffn).toString(16))
  return canonicalIpv6(parts.join(':'))
}

/** Leading zeros forgiven; undefined when it is no CIDR. */
export function parseCidr(value: string): Cidr | undefined {
  const slash = value.indexOf('/')
  const length = value.slice(slash + 1)
  if (slash < 0 || !/^[0-9]{1,4}$/.test(length)) return undefined
  const text = value.slice(0, slash)
  const family = isIpv6Address(text) ? 6 : 4
  const ip = family === 6 ? text : parseIpSloppy(text)
  const bits = family === 6 ? 128 : 32
  const prefixLength = Number(length)
  if (ip === undefined || prefixLength > bits) return undefined
  const address = ipToNumber(ip)
  const hostBits = BigInt(bits - prefixLength)
  return { family, address, network: (address >> hostBits) << hostBits, prefixLength }
}

export function isValidCidr(value: string): string[] {
  const errors = isValidCidrForLegacyField(value, true)
  const cidr = parseCidr(value)
  if (errors.length > 0 || cidr === undefined) return errors
  const canonical = `${numberToIp(cidr.network, cidr.family)}/${cidr.prefixLength}`
  return canonical === value ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`]
}

export function isValidCidrForLegacyField(value: string, strict = false): string[] {
  const cidr = parseCidr(value)
  if (cidr === undefined) return [INVALID_CIDR]
  if (!strict) return []
  const [ip = '', length = ''] = value.split('/')
  if ((!isIPv4(ip) && !isIpv6Address(ip)) || (length.length > 1 && length.startsWith('0'))) return ['must not have leading 0s in IP or prefix length']
  if (isMapped(ip)) return ['must not have an IPv4-mapped IPv6 address']
  return cidr.network === cidr.address ? [] : ['must not have bits set beyond the prefix length']
}
