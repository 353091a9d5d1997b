/** Kubernetes' IP and CIDR libraries. */
import { isIP } from 'node:net'
import type { Environment } from '@marcbachmann/cel-js'
import { canonicalIpv6, ipToNumber, numberToIp, parseCidr } from '#apimachinery/ip.ts'
import { CelError } from '../types.ts'

class Ip {
  readonly text: string
  readonly family: 4 | 6
  constructor(text: string) {
    this.family = isIP(text) === 4 ? 4 : 6
    this.text = this.family === 4 ? text : canonicalIpv6(text)
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

class Cidr {
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
    return new Cidr(new Ip(numberToIp((this.ip.number >> shift) << shift, this.ip.family)), this.bits)
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

/** As netip.ParseAddr reads it, less zones and IPv4 in IPv6. */
function readIp(text: string): Ip | undefined {
  if (isIP(text) === 0 || text.includes('%') || (text.includes(':') && text.includes('.'))) return undefined
  return new Ip(text)
}

function parseIp(text: string): Ip {
  const found = readIp(text)
  if (!found)
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`)
  return found
}

function readCidr(text: string): Cidr | undefined {
  const [address = '', bits = ''] = text.split('/')
  const ip = readIp(address)
  return ip && /^(0|[1-9]\d*)$/.test(bits) && parseCidr(text) ? new Cidr(ip, Number(bits)) : undefined
}

function parseCidrText(text: string): Cidr {
  const found = readCidr(text)
  if (!found) throw new CelError(`network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`)
  return found
}

const within = (ip: Ip, ...cidrs: string[]): boolean => cidrs.some((each) => parseCidrText(each).contains(ip))
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
    .registerFunction('isIP(string): bool', (text: string) => readIp(text) !== undefined, sync)
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
    .registerFunction(`cidr(string): ${cidrName}`, parseCidrText, sync)
    .registerFunction('isCIDR(string): bool', (text: string) => readCidr(text) !== undefined, sync)
    .registerFunction(`string(${cidrName}): string`, String, sync)
    .registerFunction(`${cidrName}.containsIP(string): bool`, (cidr: Cidr, text: string) => cidr.contains(parseIp(text)), sync)
    .registerFunction(`${cidrName}.containsIP(${ipName}): bool`, (cidr: Cidr, ip: Ip) => cidr.contains(ip), sync)
    .registerFunction(`${cidrName}.containsCIDR(string): bool`, (cidr: Cidr, text: string) => containsCidr(cidr, parseCidrText(text)), sync)
    .registerFunction(`${cidrName}.containsCIDR(${cidrName}): bool`, containsCidr, sync)
    .registerFunction(`${cidrName}.ip(): ${ipName}`, ({ ip }: Cidr) => ip, sync)
    .registerFunction(`${cidrName}.masked(): ${cidrName}`, (cidr: Cidr) => cidr.masked(), sync)
    .registerFunction(`${cidrName}.prefixLength(): int`, ({ bits }: Cidr) => BigInt(bits), sync)
    .registerOperator(`${cidrName} == ${cidrName}`, (a: Cidr, b: Cidr) => String(a) === String(b))
}
