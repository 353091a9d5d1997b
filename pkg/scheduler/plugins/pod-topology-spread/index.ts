/** Pods are spread evenly over topology domains: as a rule (DoNotSchedule), or as a wish (ScheduleAnyway). */
import type { Plugin } from '../../framework/types.ts'
import { type SpreadArgs, systemDefaults } from './constraints.ts'
import { filterSpread, preFilterSpread, type SpreadState, supposeSpread } from './filter.ts'
import { spreadInterests } from './hints.ts'
import { scoreSpread } from './score.ts'

export function podTopologySpread(args: SpreadArgs = systemDefaults): Plugin<SpreadState> {
  return {
    name: 'PodTopologySpread',
    preFilter: (cycle) => preFilterSpread(cycle, args),
    filter: filterSpread,
    suppose: supposeSpread,
    score: (cycle, nodes, into) => scoreSpread(cycle, nodes, into, args),
    interests: spreadInterests,
  }
}
