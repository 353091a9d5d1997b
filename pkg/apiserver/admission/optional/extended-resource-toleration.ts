/** ExtendedResourceToleration: who asks for an extended resource tolerates the taint of its name, by which its nodes are kept for such pods. */
import { isExtended } from '#api/core/v1/resource-names.ts'
import type { Pod, Toleration } from '#api/gen/core/v1.ts'
import type { AdmissionPlugin } from '../../types.ts'
import { isFor } from '../types.ts'

export const extendedResourceToleration = (): AdmissionPlugin => ({
  name: 'ExtendedResourceToleration',
  handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']),
  admit({ object }) {
    const { spec } = object as Pod
    if (!spec) return
    const asked = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
    for (const key of [...new Set(asked.filter(isExtended))].sort())
      spec.tolerations = withToleration(spec.tolerations ?? [], { key, operator: 'Exists', effect: 'NoSchedule' })
  },
})

/** In the place of one that differs in its seconds alone. */
function withToleration(tolerations: readonly Toleration[], added: Toleration): Toleration[] {
  const isLike = (each: Toleration): boolean =>
    each.key === added.key && each.effect === added.effect && each.operator === added.operator && (each.value ?? '') === ''
  return tolerations.some(isLike) ? tolerations.map((each) => (isLike(each) ? added : each)) : [...tolerations, added]
}
