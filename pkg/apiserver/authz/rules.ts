/** When a PolicyRule allows a request (docs: "Using RBAC Authorization"). */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import type { AuthorizerAttributes } from '../types.ts'

export function rulesAllow(attributes: AuthorizerAttributes, rules: readonly PolicyRule[] | null | undefined): boolean {
  return rules?.some((rule) => ruleAllows(attributes, rule)) ?? false
}

export function ruleAllows(attributes: AuthorizerAttributes, rule: PolicyRule): boolean {
  if (!attributes.isResourceRequest) return matches(rule.verbs, attributes.verb) && (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path))
  return (
    matches(rule.verbs, attributes.verb) &&
    matches(rule.apiGroups, attributes.group) &&
    resourceMatches(rule, attributes.resource, attributes.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name))
  )
}

function matches(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed?.some((each) => each === '*' || each === wanted) ?? false
}

/** "pods", "pods/log", "*", and "*\/scale" for a subresource of anything. */
function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return rule.resources?.some((each) => each === '*' || each === combined || (subresource !== '' && each === `*/${subresource}`)) ?? false
}

/** "*" everything, "/healthz/*" by prefix, else exact. */
export function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}
