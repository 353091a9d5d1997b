/** How often a DaemonSet's template has changed: a field of older versions, which apps/v1 shows as an annotation (pkg/apis/apps/v1/conversion.go). Clients cannot set it. */
import type { DaemonSet } from '#api/gen/apps/v1.ts'

export const templateGenerationKey = 'deprecated.daemonset.template.generation'

export function templateGenerationOf({ metadata }: DaemonSet): number {
  const generation = Number(metadata.annotations?.[templateGenerationKey])
  return Number.isSafeInteger(generation) ? generation : 0
}

const largest = 2n ** 63n

/** Upstream reads the annotation into its field, which is an int64, before anything else. */
export function unreadableTemplateGeneration({ metadata }: DaemonSet): string | undefined {
  const text = metadata.annotations?.[templateGenerationKey]
  if (text === undefined) return undefined
  const fails = (why: string): string => `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`
  if (!/^[+-]?\d+$/.test(text)) return fails('invalid syntax')
  const value = BigInt(text.replace(/^\+/, ''))
  return value >= largest || value < -largest ? fails('value out of range') : undefined
}

export function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGenerationKey]: String(generation) }
}
