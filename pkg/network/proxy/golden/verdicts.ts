/** Verdicts as the record has them: the same words for both families. */
import type { IpFamily } from '../../ip.ts'
import { addresses, type Case, questionsOf } from './cases.ts'

/** By question: what may become of the packet. */
export type Verdicts = Record<string, string>

export interface Recorded {
  readonly [name: string]: {
    readonly health?: number
    readonly both?: Verdicts
    readonly ipv4?: Verdicts
    readonly ipv6?: Verdicts
  }
}

/** "here 2:8080 kept", "… masqueraded", "untouched kept", "drop", "reject"; several parted by commas. */
export function verdictsOf(each: Case, family: IpFamily, outcomes: (question: ReturnType<typeof questionsOf>[number]) => Set<string>): Verdicts {
  const own = addresses[family]
  const verdicts: Verdicts = {}
  for (const question of questionsOf(each, family)) {
    const found = [...outcomes(question)].map((outcome) =>
      outcome.replace(`${question.destination}:${question.port} `, 'untouched ').replace(own.podsThere, 'there ').replace(own.podsHere, 'here '),
    )
    verdicts[question.name] = found.sort().join(', ')
  }
  return verdicts
}

/** Parts by destination, and sources with the same verdict together: small, and readable. */
export function condensed(verdicts: Verdicts): Verdicts {
  const byDestination = new Map<string, Map<string, string[]>>()
  for (const [name, verdict] of Object.entries(verdicts)) {
    const [from = '', to = ''] = name.split(' → ')
    const sources = byDestination.get(to) ?? new Map<string, string[]>()
    byDestination.set(to, sources)
    sources.set(verdict, [...(sources.get(verdict) ?? []), from])
  }
  const short: Verdicts = {}
  for (const [to, sources] of byDestination) for (const [verdict, from] of sources) short[`${sources.size === 1 ? 'all' : from.join('; ')} → ${to}`] = verdict
  return short
}
