/**
 * Dynamic resource allocation: not built yet. A pod that claims devices must not be placed as if it claimed none, so
 * every node refuses it.
 */
import type { Plugin } from '../../framework/types.ts'

export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  preFilter({ pod }) {
    if ((pod.pod.spec.resourceClaims ?? []).length === 0) return { skip: true }
    return { rejected: { plugin: 'DynamicResources', reasons: ['pod has resource claims, which this scheduler cannot allocate'], resolvable: false } }
  },
}
