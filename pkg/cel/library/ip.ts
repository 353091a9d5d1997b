/** Kubernetes' IP and CIDR libraries. */
import type { Environment } from '@marcbachmann/cel-js'
import { ipToNumber, numberToIp } from '#apimachinery/ip.ts'
import { CelError } from '../types.ts'
import { AddressError, parseAddress, parsePrefix } from './parse-address.ts'

export class Ip {
  readonly text: string
  readonly family: 4 | 6
  constructor({ text, family }: { readonly text: string; readonly family: 4 | 6 }) {
    this.text = text
    this.family = family
  }
  get number(): bigint {
    return ipToNumber(this.text)
  }
  compareTo(other: unknown): number {
    return this.text === (other as Ip).text ? 0 : 1
  }
  toString(): string {
    return this.text
  }
}

export class Cidr {
  readonly ip: Ip
  readonly bits: number
  constructor(ip: Ip, bits: number) {
    this.ip = ip
    this.bits = bits
  }
  get width(): number {
    return this.ip.family === 4 ? 32 : 128
  }
  masked(): Cidr {
    const shift = BigInt(this.width - this.bits)
    return new Cidr(new Ip({ text: numberToIp((this.ip.number >> shift) << shift, this.ip.family), family: this.ip.family }), this.bits)
  }
  contains(ip: Ip): boolean {
    const shift = BigInt(this.width - this.bits)
    return ip.family === this.ip.family && ip.number >> shift === this.ip.number >> shift
  }
  compareTo(other: unknown): number {
    return this.toString() === String(other) ? 0 : 1
  }
  toString(): string {
    return `${this.ip.text}/${this.bits}`
  }
}

function parseIp(text: string): Ip {
  const { zone, isMapped, ...address } = parsed(() => parseAddress(text), `IP Address ${JSON.stringify(text)}`)
  if (zone !== '') throw new CelError(`IP address ${JSON.stringify(text)} with zone value is not allowed`)
  if (isMapped) throw new CelError(mapped(text))
  return new Ip(address)
}

function parseCidr(text: string): Cidr {
  // Upstream says it twice.
  const { address, bits } = parsed(() => parsePrefix(text), 'network address parse error during conversion from string: network address')
  if (address.isMapped) throw new CelError(`network address parse error during conversion from string: ${mapped(text)}`)
  return new Cidr(new Ip(address), bits)
}

const mapped = (text: string): string => `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`

function parsed<T>(read: () => T, what: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw new CelError(`${what} parse error during conversion from string: ${error.message}`)
  }
}

function isReadable(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

const within = (ip: Ip, ...cidrs: string[]): boolean => cidrs.some((each) => parseCidr(each).contains(ip))
const ipName = 'net.IP'
const cidrName = 'net.CIDR'
class IpNamespace {}

export function registerIp(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerType(ipName, { ctor: Ip, fields: {} } as never)
    .registerType('kubernetes.IpNamespace', { ctor: IpNamespace, fields: {} } as never)
    .registerConstant('ip', 'kubernetes.IpNamespace', new IpNamespace())
    .registerFunction(`ip(string): ${ipName}`, parseIp, sync)
    .registerFunction('isIP(string): bool', (text: string) => isReadable(() => parseIp(text)), sync)
    .registerFunction('kubernetes.IpNamespace.isCanonical(string): bool', (_: unknown, text: string) => parseIp(text).text === text, sync)
    .registerFunction(`string(${ipName}): string`, String, sync)
    .registerFunction(`${ipName}.family(): int`, ({ family }: Ip) => BigInt(family), sync)
    .registerFunction(`${ipName}.isUnspecified(): bool`, (ip: Ip) => ip.number === 0n, sync)
    .registerFunction(`${ipName}.isLoopback(): bool`, (ip: Ip) => within(ip, '127.0.0.0/8', '::1/128'), sync)
    .registerFunction(`${ipName}.isLinkLocalMulticast(): bool`, (ip: Ip) => within(ip, '224.0.0.0/24', 'ff02::/16'), sync)
    .registerFunction(`${ipName}.isLinkLocalUnicast(): bool`, (ip: Ip) => within(ip, '169.254.0.0/16', 'fe80::/10'), sync)
    .registerFunction(
      `${ipName}.isGlobalUnicast(): bool`,
      (ip: Ip) => ip.number !== 0n && !within(ip, '127.0.0.0/8', '::1/128', '224.0.0.0/4', 'ff00::/8', '169.254.0.0/16', 'fe80::/10', '255.255.255.255/32'),
      sync,
    )
    .registerOperator(`${ipName} == ${ipName}`, (a: Ip, b: Ip) => a.text === b.text)
}

export function registerCidr(environment: Environment): void {
  const sync = { async: false }
  const containsCidr = (outer: Cidr, inner: Cidr) => inner.bits >= outer.bits && outer.contains(inner.ip)
  environment
    .registerType(cidrName, { ctor: Cidr, fields: {} } as never)
    .registerFunction(`cidr(string): ${cidrName}`, parseCidr, sync)
    .registerFunction('isCIDR(string): bool', (text: string) => isReadable(() => parseCidr(text)), sync)
    .registerFunction(`string(${cidrName}): string`, String, sync)
    .registerFunction(`${cidrName}.containsIP(string): bool`, (cidr: Cidr, text: string) => cidr.contains(parseIp(text)), sync)
    .registerFunction(`${cidrName}.containsIP(${ipName}): bool`, (cidr: Cidr, ip: Ip) => cidr.contains(ip), sync)
    .registerFunction(`${cidrName}.containsCIDR(string): bool`, (cidr: Cidr, text: string) => containsCidr(cidr, parseCidr(text)), sync)
    .registerFunction(`${cidrName}.containsCIDR(${cidrName}): bool`, containsCidr, sync)
    .registerFunction(`${cidrName}.ip(): ${ipName}`, ({ ip }: Cidr) => ip, sync)
    .registerFunction(`${cidrName}.masked(): ${cidrName}`, (cidr: Cidr) => cidr.masked(), sync)
    .registerFunction(`${cidrName}.prefixLength(): int`, ({ bits }: Cidr) => BigInt(bits), sync)
    .registerOperator(`${cidrName} == ${cidrName}`, (a: Cidr, b: Cidr) => String(a) === String(b))
}

/** The names of both types, for `type(x) == net.IP`: after both are registered. */
export function registerNet(environment: Environment): void {
  const typeOf = (expression: string): unknown => environment.evaluate(`type(${expression})`)
  environment.registerConstant('net', 'map<string, type>', { IP: typeOf('ip("0.0.0.0")'), CIDR: typeOf('cidr("0.0.0.0/0")') })
}
