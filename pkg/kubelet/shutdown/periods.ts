/** How long pods of which priority get when the node goes down, and which pods go together (KEP-2000, KEP-2712). Pure. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { ShutdownPeriod } from '../configuration/fields.ts'

const systemCritical = 2_000_000_000

type ShutdownSettings = Pick<CompleteConfiguration, 'shutdownGracePeriod' | 'shutdownGracePeriodCriticalPods' | 'shutdownGracePeriodByPodPriority'>

/** From low to high; empty where nothing is configured, and then nothing is done. */
export function shutdownPeriods(settings: ShutdownSettings): readonly ShutdownPeriod[] {
  const given = settings.shutdownGracePeriodByPodPriority ?? []
  if (given.length > 0) return [...given].sort((a, b) => a.priority - b.priority)
  const total = ms(settings.shutdownGracePeriod) / 1000
  if (total === 0) return []
  const critical = ms(settings.shutdownGracePeriodCriticalPods) / 1000
  return [
    { priority: 0, shutdownGracePeriodSeconds: Math.floor(total - critical) },
    { priority: systemCritical, shutdownGracePeriodSeconds: Math.floor(critical) },
  ]
}

export interface ShutdownGroup {
  readonly seconds: number
  readonly pods: readonly Pod[]
}

/** A pod belongs to the highest period at or below its priority, or else to the lowest. */
export function shutdownGroups(periods: readonly ShutdownPeriod[], pods: readonly Pod[]): ShutdownGroup[] {
  const indexOf = ({ spec }: Pod): number => {
    const index = periods.findLastIndex(({ priority }) => priority <= (spec.priority ?? 0))
    return Math.max(0, index)
  }
  return periods
    .map(({ shutdownGracePeriodSeconds }, at) => ({ seconds: shutdownGracePeriodSeconds, pods: pods.filter((pod) => indexOf(pod) === at) }))
    .filter((group) => group.pods.length > 0)
}

export const totalSeconds = (periods: readonly ShutdownPeriod[]): number => periods.reduce((all, each) => all + each.shutdownGracePeriodSeconds, 0)
