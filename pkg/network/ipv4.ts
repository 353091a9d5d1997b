/** IPv4 addresses and ranges as numbers. */
export interface Ipv4Range {
  /** The network's first address. */
  readonly first: number
  readonly bits: number
}

export function parseIpv4(text: string): number {
  const parts = text.split('.')
  if (parts.length !== 4) throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address`)
  let value = 0
  for (const part of parts) {
    const octet = Number(part)
    if (!/^\d{1,3}$/.test(part) || octet > 255) throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address`)
    value = value * 256 + octet
  }
  return value
}

export function formatIpv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

/** Reads "10.0.0.0/8"; a bare address is a /32. */
export function parseRange(text: string): Ipv4Range {
  const [address = '', suffix = '32'] = text.split('/')
  const bits = Number(suffix)
  if (!/^\d{1,2}$/.test(suffix) || bits > 32) throw new RangeError(`${JSON.stringify(text)} is not an IPv4 range`)
  const size = 2 ** (32 - bits)
  return { first: Math.floor(parseIpv4(address) / size) * size, bits }
}

export function rangeContains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return outer.bits <= inner.bits && inner.first >= outer.first && inner.first < outer.first + 2 ** (32 - outer.bits)
}

/** The address at a place in a range: 1 is the first that a machine may have. */
export function addressAt(range: string, index: number): string {
  const { first, bits } = parseRange(range)
  if (index < 0 || index >= 2 ** (32 - bits)) throw new RangeError(`${range} has no address number ${index}`)
  return formatIpv4(first + index)
}

export function prefixBits(range: string): number {
  return parseRange(range).bits
}

export function isIpv4(text: string): boolean {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text)
}
