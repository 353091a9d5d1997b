/** All containers of a pod with their places, in the order in which upstream visits them. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { type FieldPath, path } from '#apimachinery/field-error.ts'

export interface PlacedContainer {
  readonly container: Pick<Container, 'image' | 'imagePullPolicy'>
  readonly at: FieldPath
}

export function containersOf(spec: Pod['spec']): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec?.[list] ?? []).map((container, index) => ({ container, at: path('spec', list).index(index) })),
  )
}
