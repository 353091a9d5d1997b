/** What the pod asks for must be left on the node; by default the node with most left scores best. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { isItself } from '../../framework/events.ts'
import type { Batch, Plugin } from '../../framework/types.ts'
import { NodeInfo } from '../../state/node-info.ts'
import { backedByDevices } from '../dynamic-resources/extended.ts'
import { podInfoOf } from '../../state/pod-info.ts'
import { amountsOf, podRequests } from '../../state/resources.ts'
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

const noDevices: ReadonlyMap<string, unknown> = new Map()

export function nodeResourcesFit(args: FitArgs = defaultFitArgs): Plugin<ReadonlyMap<string, unknown>> {
  return {
    name: 'NodeResourcesFit',
    readsOnlySums: true,
    preFilter: ({ pod, objects }) => ({ state: pod.scalars.size === 0 ? noDevices : backedByDevices(pod.scalars, objects) }),
    filter(devices, { pod }, batch) {
      filterFit(pod, batch, args, devices)
    },
    score({ pod }, nodes, into) {
      scoreFit(pod, nodes, into, args)
      return true
    },
    interests: [
      { event: 'UnschedulablePod/ScaleDown', hint: isItself },
      { event: 'AssignedPod/Delete' },
      { event: 'AssignedPod/ScaleDown', hint: givesBack },
      // A class may say that a resource means devices.
      { event: 'DeviceClass/Change' },
      { event: 'Node/Add', hint: (pod, node) => fitsEmpty(pod, node, args) },
      { event: 'Node/UpdateAllocatable', hint: (pod, node, before) => fitsEmpty(pod, node, args) && grew(pod, node, before) },
    ],
  }
}

/** Another pod that asks for less of something this one needs. */
function givesBack(pod: Pod, now: Pod, before: Pod): boolean {
  const [wanted, less, more] = [podRequests(pod), podRequests(now), podRequests(before)]
  return [...wanted].some(([name, amount]) => amount > 0 && (more.get(name) ?? 0) > (less.get(name) ?? 0))
}

function fitsEmpty(pod: Pod, node: Node, args: FitArgs): boolean {
  const info = new NodeInfo(node.metadata.name)
  info.setNode(node)
  const batch: Batch = { nodes: [info], verdicts: [undefined], length: 1 }
  const wanted = podInfoOf(pod)
  // What the node has not may be had as devices: the try will tell.
  filterFit(wanted, batch, args, wanted.scalars)
  return batch.verdicts[0] === undefined
}

/** More pods may stand there, or there is more of something the pod asks for. */
function grew(pod: Pod, now: Node, before: Node): boolean {
  const [all, was] = [amountsOf(now.status?.allocatable), amountsOf(before.status?.allocatable)]
  const more = (name: string): boolean => (all.get(name) ?? 0) > (was.get(name) ?? 0)
  return more('pods') || [...podRequests(pod)].some(([name, amount]) => amount > 0 && more(name))
}
