/** The labels that nodes had before 1.14, for those that still select by them. */
import type { Node } from '#api/gen/core/v1.ts'

const older = { 'kubernetes.io/os': 'beta.kubernetes.io/os', 'kubernetes.io/arch': 'beta.kubernetes.io/arch' }

/** Those that are absent or say otherwise; undefined when none is. */
export function missingLabels({ metadata: { labels = {} } }: Node): Record<string, string> | undefined {
  const missing = Object.entries(older).filter(([now, before]) => labels[now] !== undefined && labels[before] !== labels[now])
  return missing.length === 0 ? undefined : Object.fromEntries(missing.map(([now, before]) => [before, labels[now]!]))
}
