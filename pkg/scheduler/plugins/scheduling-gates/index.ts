/** Pods with spec.schedulingGates wait until the last gate is taken away. */
import { isItself } from '../../framework/events.ts'
import type { Plugin } from '../../framework/types.ts'

export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue({ spec }) {
    const gates = spec.schedulingGates ?? []
    return gates.length === 0 ? undefined : `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`
  },
  interests: [{ event: 'UnschedulablePod/GatesEliminated', hint: isItself }],
}
