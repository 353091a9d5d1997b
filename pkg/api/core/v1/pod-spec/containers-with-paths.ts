/** All containers of a pod with their paths, in the order in which upstream visits them. */
import type { FieldPath } from '#apimachinery/field-error.ts'
import type { Container, PodSpec } from '#api/gen/core/v1.ts'

export function containersWithPaths(spec: PodSpec, at: FieldPath): { readonly container: Container; readonly at: FieldPath }[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((group) =>
    ((spec[group] ?? []) as readonly Container[]).map((container, position) => ({ container, at: at.child(group).index(position) })),
  )
}
