import { baselineChecks } from './baseline.ts'
import type { CheckedPod, Violation } from './check.ts'
import { type LevelVersion, minorOf } from './policy.ts'
import { restrictedChecks } from './restricted.ts'

/** What the pod does against the level, in upstream's order: baseline's checks, then restricted's. */
export function evaluate(at: LevelVersion, pod: CheckedPod): Violation[] {
  if (at.level === 'privileged') return []
  const minor = minorOf(at)
  const restricted = at.level === 'restricted' ? restrictedChecks.filter((each) => minor >= (each.since ?? 0)) : []
  const overridden = new Set(restricted.map((each) => each.overrides))
  const baseline = baselineChecks.filter((each) => minor >= (each.since ?? 0) && !overridden.has(each.id))
  return [...baseline, ...restricted].flatMap((each) => each.check(pod, minor) ?? [])
}

/** `hostPort (container "a" uses hostPort 80), privileged (…)`. */
export function violationText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')
}
