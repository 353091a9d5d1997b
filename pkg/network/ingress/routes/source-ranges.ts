/** Lists of addresses, as whitelist-source-range has them. */
import { type IpRange, ipFamily, ipNumber, parseIpRange } from '../../ip.ts'

/** Throws on what is no range: a list that was misread must not let anyone in. */
export function parseSourceRanges(text: string): IpRange[] {
  return text.split(',').map((each) => parseIpRange(each.trim()))
}

export function isInRanges(address: string, ranges: readonly IpRange[]): boolean {
  const plain = address.replace(/^::ffff:/, '')
  const family = ipFamily(plain)
  if (family === undefined) return false
  const value = ipNumber(plain)
  return ranges.some((range) => range.family === family && value >= range.first && value <= range.last)
}
