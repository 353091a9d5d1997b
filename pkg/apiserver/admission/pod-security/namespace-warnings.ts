/** What a namespace's new level would refuse of the pods that run there already. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { evaluate } from './evaluate.ts'
import { isPrivileged, type LevelVersion, levelText, type Policy } from './policy.ts'

const maxPods = 3000

export function namespaceWarnings(namespace: string, at: LevelVersion, pods: readonly Pod[]): string[] {
  const found = new Map<string, string[]>()
  const ordered = onePerControllerFirst(pods)
  for (const pod of ordered.slice(0, maxPods)) {
    const violations = pod.spec ? evaluate(at, { metadata: pod.metadata, spec: pod.spec }) : []
    if (violations.length === 0) continue
    const reasons = violations.map((each) => each.reason).join(', ')
    found.set(reasons, [...(found.get(reasons) ?? []), pod.metadata.name!])
  }
  const warnings = [...found].map(([reasons, names]) => `${names.sort()[0]}${others(names.length - 1)}: ${reasons}`).sort()
  return [
    ...(pods.length > maxPods ? [`new PodSecurity enforce level only checked against the first ${maxPods} of ${pods.length} existing pods`] : []),
    ...(warnings.length > 0 ? [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${levelText(at)}"`] : []),
    ...warnings,
  ]
}

function others(count: number): string {
  if (count === 0) return ''
  return count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`
}

function onePerControllerFirst(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>()
  const later: Pod[] = []
  const first = pods.filter((pod) => {
    const uid = pod.metadata.ownerReferences?.find((each) => each.controller)?.uid
    if (!uid) return true
    if (seen.has(uid)) later.push(pod)
    return !seen.has(uid) && seen.add(uid)
  })
  return [...first, ...later]
}

/** Undefined: nothing that its labels ask for is passed over. */
export function exemptionWarning({ name, labels = {} }: ObjectMeta, policy: Policy, defaults: Policy): string | undefined {
  const isSame = (a: LevelVersion, b: LevelVersion): boolean => (a.level === 'privileged' && b.level === 'privileged') || levelText(a) === levelText(b)
  const modes = ['enforce', 'audit', 'warn'] as const
  if (isPrivileged(policy) || modes.every((mode) => isSame(policy[mode], defaults[mode]))) return undefined
  const asked = modes.filter(
    (mode) => policy[mode].level !== 'privileged' && [mode, `${mode}-version`].some((label) => labels[`pod-security.kubernetes.io/${label}`] !== undefined),
  )
  const shown = asked.map((mode) => `${mode}=${levelText(policy[mode])}`).join(', ')
  return `namespace ${JSON.stringify(name)} is exempt from Pod Security, and the policy (${shown}) will be ignored`
}
