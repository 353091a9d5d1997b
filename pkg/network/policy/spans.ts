/** Ranges of addresses as disjoint spans: what an ipBlock with its exceptions leaves. */
import type { IPBlock } from '#api/gen/networking/v1.ts'
import { type IpFamily, parseIpRange, rangeFamily } from '../ip.ts'
import type { Span } from './types.ts'

/** Nothing for blocks of the other family. */
export function blockSpans({ cidr, except = [] }: IPBlock, family: IpFamily): Span[] {
  const whole = spanOf(cidr, family)
  if (!whole) return []
  return except.reduce<Span[]>(
    (left, each) => {
      const hole = spanOf(each, family)
      return hole ? left.flatMap((span) => without(span, hole)) : left
    },
    [whole],
  )
}

/** Sorted, and joined where they touch or overlap: the kernel takes no overlaps. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of [...spans].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
    const last = joined.at(-1)
    if (last && span[0] <= last[1] + 1n) joined[joined.length - 1] = [last[0], last[1] > span[1] ? last[1] : span[1]]
    else joined.push(span)
  }
  return joined
}

export function inSpans(value: bigint, spans: readonly Span[]): boolean {
  return spans.some(([first, last]) => value >= first && value <= last)
}

function spanOf(cidr: string, family: IpFamily): Span | undefined {
  if (rangeFamily(cidr) !== family) return undefined
  const { first, last } = parseIpRange(cidr)
  return [first, last]
}

function without([first, last]: Span, [from, to]: Span): Span[] {
  if (to < first || from > last) return [[first, last]]
  const left: Span[] = []
  if (from > first) left.push([first, from - 1n])
  if (to < last) left.push([to + 1n, last])
  return left
}
