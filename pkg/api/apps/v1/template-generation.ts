/** How often a DaemonSet's template has changed: a field of older versions, which apps/v1 shows as an annotation (pkg/apis/apps/v1/conversion.go). Clients cannot set it. */
import type { DaemonSet } from '#api/gen/apps/v1.ts'

export const templateGenerationKey = 'deprecated.daemonset.template.generation'

export function templateGenerationOf({ metadata }: DaemonSet): number {
  const generation = Number(metadata.annotations?.[templateGenerationKey])
  return Number.isSafeInteger(generation) ? generation : 0
}

export function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGenerationKey]: String(generation) }
}
