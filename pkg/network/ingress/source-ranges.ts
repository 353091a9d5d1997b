/** Lists of addresses, as whitelist-source-range has them. */
import { isIpv4, parseIpv4, parseRange } from '../ipv4.ts'

export type Span = readonly [first: number, last: number]

/** Throws on what is no IPv4 range: a list that was misread must not let anyone in. */
export function parseSourceRanges(text: string): Span[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.includes(':'))
    .map((each) => {
      const { first, bits } = parseRange(each)
      return [first, first + 2 ** (32 - bits) - 1]
    })
}

export function isInRanges(address: string, ranges: readonly Span[]): boolean {
  const plain = address.replace(/^::ffff:/, '')
  if (!isIpv4(plain)) return false
  const value = parseIpv4(plain)
  return ranges.some(([first, last]) => value >= first && value <= last)
}
