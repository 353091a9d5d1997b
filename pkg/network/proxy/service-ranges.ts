/** The ranges that Services' addresses come from: what goes to an address there that no Service has is dropped, as upstream does. */
import type { ServiceCIDR } from '#api/gen/networking/v1.ts'
import { type IpFamily, ipRangeContains, parseIpRange, rangeFamily } from '../ip.ts'
import type { Elements } from './types.ts'

export function serviceRangeElements(ranges: readonly ServiceCIDR[], family: IpFamily): Elements {
  const all = [...new Set(ranges.flatMap(({ spec }) => spec.cidrs ?? []))].filter((each) => rangeFamily(each) === family)
  return new Map(outermost(all).map((each) => [`service-ranges ${each}`, '']))
}

/** An interval set takes no overlapping elements: what lies within another range is left out. */
export function outermost(ranges: readonly string[]): string[] {
  return ranges.filter((each) => !ranges.some((other) => other !== each && ipRangeContains(parseIpRange(other), parseIpRange(each))))
}
