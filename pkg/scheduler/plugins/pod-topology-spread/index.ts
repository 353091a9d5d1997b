/** Pods are spread evenly over topology domains: as a rule (DoNotSchedule), or as a wish (ScheduleAnyway). */
import type { Pod } from '#api/gen/core/v1.ts'
import { isItself } from '../../framework/events.ts'
import type { Plugin } from '../../framework/types.ts'
import { type SpreadArgs, systemDefaults } from './constraints.ts'
import { filterSpread, preFilterSpread, type SpreadState, supposeSpread } from './filter.ts'
import { scoreSpread } from './score.ts'

export function podTopologySpread(args: SpreadArgs = systemDefaults): Plugin<SpreadState> {
  return {
    name: 'PodTopologySpread',
    preFilter: (cycle) => preFilterSpread(cycle, args),
    filter: filterSpread,
    suppose: supposeSpread,
    score: (cycle, nodes, into) => scoreSpread(cycle, nodes, into, args),
    interests: [
      { event: 'AssignedPod/Add', hint: inSameNamespace },
      { event: 'AssignedPod/UpdateLabel', hint: inSameNamespace },
      { event: 'AssignedPod/Delete', hint: inSameNamespace },
      { event: 'UnschedulablePod/UpdateLabel', hint: isItself },
      { event: 'Node/Add', hint: hasSomeKeys },
      { event: 'Node/Delete', hint: hasSomeKeys },
      { event: 'Node/UpdateLabel' },
      { event: 'Node/UpdateTaint' },
    ],
  }
}

function inSameNamespace(pod: Pod, other: Pod): boolean {
  return pod.metadata.namespace === other.metadata.namespace
}

function hasSomeKeys({ spec }: Pod, node: { metadata: { labels?: Record<string, string> } }): boolean {
  return (spec.topologySpreadConstraints ?? []).every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined)
}
