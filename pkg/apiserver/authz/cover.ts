/** Whether rules that one has contain rules that one would give away. */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { urlMatches } from './rules.ts'

/** The parts of `wanted`, each a single verb on a single thing, that no rule of `owned` contains. */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !owned.some((rule) => contains(rule, part)))
}

export function covers(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean {
  return uncovered(owned, wanted).length === 0
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames?.length ? rule.resourceNames.map((name) => [name]) : [undefined]
  const parts: PolicyRule[] = []
  for (const verb of rule.verbs) {
    for (const apiGroup of rule.apiGroups ?? [])
      for (const resource of rule.resources ?? [])
        for (const resourceNames of names)
          parts.push({ verbs: [verb], apiGroups: [apiGroup], resources: [resource], ...(resourceNames ? { resourceNames } : {}) })
    for (const url of rule.nonResourceURLs ?? []) parts.push({ verbs: [verb], nonResourceURLs: [url] })
  }
  return parts
}

const has = (values: readonly string[] | undefined, value: string): boolean => values?.some((each) => each === '*' || each === value) ?? false

function contains(owner: PolicyRule, part: PolicyRule): boolean {
  if (!has(owner.verbs, part.verbs[0]!)) return false
  const url = part.nonResourceURLs?.[0]
  if (url !== undefined) return owner.nonResourceURLs?.some((each) => urlMatches(each, url)) ?? false
  const resource = part.resources![0]!
  const slash = resource.indexOf('/')
  const hasResource = has(owner.resources, resource) || (slash >= 0 && (owner.resources?.includes(`*${resource.slice(slash)}`) ?? false))
  if (!has(owner.apiGroups, part.apiGroups![0]!) || !hasResource) return false
  if (!owner.resourceNames?.length) return true
  const name = part.resourceNames?.[0]
  return name !== undefined && owner.resourceNames.includes(name)
}

/** Joined where only verbs differ, and in the text form upstream's refusal lists: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}`. */
export function ruleTexts(parts: readonly PolicyRule[]): string[] {
  const byTarget = new Map<string, string[]>()
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of parts) {
    const fields = [
      ...(nonResourceURLs ? [`NonResourceURLs:${JSON.stringify(nonResourceURLs)}`] : []),
      ...(apiGroups ? [`APIGroups:${JSON.stringify(apiGroups)}`] : []),
      ...(resources ? [`Resources:${JSON.stringify(resources)}`] : []),
      ...(resourceNames ? [`ResourceNames:${JSON.stringify(resourceNames)}`] : []),
    ].join(', ')
    byTarget.set(fields, [...(byTarget.get(fields) ?? []), ...verbs])
  }
  return [...byTarget].map(([fields, verbs]) => `{${fields}, Verbs:[${verbs.map((each) => JSON.stringify(each)).join(' ')}]}`).sort()
}
