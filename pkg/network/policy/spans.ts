/** Ranges of addresses as disjoint spans: what an ipBlock with its exceptions leaves. */
import type { IPBlock } from '#api/gen/networking/v1.ts'
import { isIpv4, parseRange } from '../ipv4.ts'
import type { Span } from './types.ts'

/** Nothing for blocks of IPv6. */
export function blockSpans({ cidr, except = [] }: IPBlock): Span[] {
  const whole = spanOf(cidr)
  if (!whole) return []
  return except.reduce<Span[]>(
    (left, each) => {
      const hole = spanOf(each)
      return hole ? left.flatMap((span) => without(span, hole)) : left
    },
    [whole],
  )
}

/** Sorted, and joined where they touch or overlap: the kernel takes no overlaps. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1)
    if (last && span[0] <= last[1] + 1) joined[joined.length - 1] = [last[0], Math.max(last[1], span[1])]
    else joined.push(span)
  }
  return joined
}

export function inSpans(value: number, spans: readonly Span[]): boolean {
  return spans.some(([first, last]) => value >= first && value <= last)
}

function spanOf(cidr: string): Span | undefined {
  if (!isIpv4(cidr.split('/')[0] ?? '')) return undefined
  const { first, bits } = parseRange(cidr)
  return [first, first + 2 ** (32 - bits) - 1]
}

function without([first, last]: Span, [from, to]: Span): Span[] {
  if (to < first || from > last) return [[first, last]]
  const left: Span[] = []
  if (from > first) left.push([first, from - 1])
  if (to < last) left.push([to + 1, last])
  return left
}
