/**
 * Rules that roles of ours, which upstream does not have, once gave and give no more. Upstream only ever adds to its roles;
 * these gave more than their holders need, and go from clusters that were made with them.
 */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { read, rule } from './rule.ts'

export const retiredRules: Readonly<Record<string, readonly PolicyRule[]>> = {
  'k8ts:network': [rule(read, '', 'secrets')],
  'system:controller:local-path-provisioner': [rule('create delete', '', 'nodes/proxy')],
}
