/**
 * ClusterRoles put together from others by label (docs: "Aggregated ClusterRoles"), for the default policy; the roles of users are
 * the clusterrole-aggregation controller's work.
 */
import type { ClusterRole, PolicyRule } from '#api/gen/rbac/v1.ts'
import { selectorOf } from '#client/selector.ts'

/** The rules that `role` should have: those of every role its selectors match, each once, in order of role name. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const byText = new Map<string, PolicyRule>()
  const ordered = [...all].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selects = selectorOf(selector)
    for (const each of ordered)
      if (each.metadata.name !== role.metadata.name && selects(each.metadata.labels)) for (const rule of each.rules ?? []) byText.set(ruleKey(rule), rule)
  }
  return [...byText.values()]
}

/** A rule's text, whatever the order of its fields. */
function ruleKey({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): string {
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs])
}
