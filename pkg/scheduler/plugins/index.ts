/** Upstream's default plugins in their order, with their weights. */
import type { NodeAffinity } from '#api/gen/core/v1.ts'
import type { Plugin, WeightedPlugin } from '../framework/types.ts'
import { dynamicResources } from './dynamic-resources/index.ts'
import { imageLocality } from './image-locality/index.ts'
import { type InterPodAffinityArgs, interPodAffinity } from './inter-pod-affinity/index.ts'
import { nodeAffinity } from './node-affinity/index.ts'
import { nodeDeclaredFeatures } from './node-declared-features/index.ts'
import { nodeName } from './node-name/index.ts'
import { nodePorts } from './node-ports/index.ts'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/index.ts'
import type { FitArgs } from './node-resources-fit/score.ts'
import { nodeResourcesFit } from './node-resources-fit/index.ts'
import { nodeUnschedulable } from './node-unschedulable/index.ts'
import { nodeVolumeLimits } from './node-volume-limits/index.ts'
import type { SpreadArgs } from './pod-topology-spread/constraints.ts'
import { podTopologySpread } from './pod-topology-spread/index.ts'
import { schedulingGates } from './scheduling-gates/index.ts'
import { taintToleration } from './taint-toleration/index.ts'
import { volumeBinding } from './volume-binding/index.ts'
import { volumeRestrictions } from './volume-restrictions/index.ts'
import { volumeZone } from './volume-zone/index.ts'

/** What a profile's pluginConfig may set. */
export interface PluginArgs {
  readonly addedAffinity?: NodeAffinity
  readonly fit?: FitArgs
  readonly balancedResources?: readonly string[]
  readonly volumeBinding?: { readonly bindTimeoutSeconds: number }
  readonly spread?: SpreadArgs
  readonly interPodAffinity?: InterPodAffinityArgs
  readonly dynamicResources?: { readonly bindingTimeoutSeconds: number }
}

const scored = (plugin: Plugin, weight: number): WeightedPlugin => ({ plugin, weight })
const unscored = (plugin: Plugin): WeightedPlugin => ({ plugin, weight: 0 })

/** New ones each time: some hold state of their scheduler. */
export function defaultPlugins(args: PluginArgs = {}): WeightedPlugin[] {
  return [
    unscored(schedulingGates),
    unscored(nodeUnschedulable),
    unscored(nodeName),
    scored(taintToleration, 3),
    scored(nodeAffinity(args.addedAffinity), 2),
    unscored(nodePorts),
    scored(nodeResourcesFit(args.fit), 1),
    unscored(volumeRestrictions),
    unscored(nodeVolumeLimits),
    unscored(volumeBinding(args.volumeBinding)),
    unscored(volumeZone),
    scored(podTopologySpread(args.spread), 2),
    scored(interPodAffinity(args.interPodAffinity), 2),
    scored(dynamicResources(args.dynamicResources), 1),
    scored(nodeResourcesBalancedAllocation(args.balancedResources), 1),
    scored(imageLocality, 1),
    unscored(nodeDeclaredFeatures),
  ]
}
