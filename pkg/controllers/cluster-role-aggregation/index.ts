/** ClusterRole aggregation: a role with an aggregationRule has the rules of all roles it selects. In and out: ClusterRoles. Upstream: pkg/controller/clusterroleaggregation. */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { clusterRoles } from '#api/gen/resources.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import { selectorOf } from '#client/selector.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { sameStatus } from '../workload/status-write.ts'

export function clusterRoleAggregationController(): Controller {
  return {
    name: 'clusterrole-aggregation-controller',
    account: 'clusterrole-aggregation-controller',
    inputs: [
      input(clusterRoles, {
        // Any role may be part of any other.
        keys: (_role, _change, _previous, { cache }) =>
          cache(clusterRoles)
            .byIndex('aggregating', 'yes')
            .map(({ metadata }) => metadata.name),
        indexes: { aggregating: ({ aggregationRule }) => (aggregationRule ? ['yes'] : []) },
      }),
    ],
    outputs: [output(clusterRoles, 'rules')],
    async reconcile(name, { client, cache }) {
      const role = cache(clusterRoles).byKey(name)
      if (!role?.aggregationRule) return
      const rules: PolicyRule[] = []
      const seen = new Set<string>()
      const others = cache(clusterRoles)
        .list()
        .filter(({ metadata }) => metadata.name !== name)
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
        const matches = selectorOf(selector)
        for (const other of others) {
          if (!matches(other.metadata.labels)) continue
          for (const rule of other.rules ?? []) {
            const text = goJson(rule)
            if (seen.has(text)) continue
            seen.add(text)
            rules.push(rule)
          }
        }
      }
      if (sameStatus(role.rules, rules)) return
      const applied = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules }
      await client.patch(clusterRoles, { name }, applied, { type: 'apply', fieldManager: 'clusterrole-aggregation-controller', force: true })
    },
  }
}
