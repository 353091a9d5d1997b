/** What the pod asks for must be left on the node; by default the node with most left scores best. */
import type { Plugin } from '../../framework/types.ts'
import { type FitArgs, scoreFit } from './score.ts'
import { filterFit } from './filter.ts'

export const defaultFitArgs: FitArgs = {
  ignoredResources: new Set(),
  ignoredResourceGroups: new Set(),
  type: 'LeastAllocated',
  resources: [
    { name: 'cpu', weight: 1 },
    { name: 'memory', weight: 1 },
  ],
  shape: [],
}

export function nodeResourcesFit(args: FitArgs = defaultFitArgs): Plugin<undefined> {
  return {
    name: 'NodeResourcesFit',
    readsOnlySums: true,
    filter(_state, { pod }, batch) {
      filterFit(pod, batch, args)
    },
    score({ pod }, nodes, into) {
      scoreFit(pod, nodes, into, args)
      return true
    },
    interests: [{ event: 'AssignedPod/Delete' }, { event: 'AssignedPod/ScaleDown' }, { event: 'Node/Add' }, { event: 'Node/UpdateAllocatable' }],
  }
}
