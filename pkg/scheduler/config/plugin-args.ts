/** A profile's pluginConfig with upstream's defaults. What is not understood is refused, never passed over. */
import type { PreemptionArgs } from '../framework/types.ts'
import { defaultPreemptionArgs } from '../plugins/default-preemption/index.ts'
import type { PluginArgs } from '../plugins/index.ts'
import { defaultFitArgs } from '../plugins/node-resources-fit/index.ts'
import type { FitArgs } from '../plugins/node-resources-fit/score.ts'
import { systemDefaults } from '../plugins/pod-topology-spread/constraints.ts'
import type { ProfileConfiguration } from './types.ts'

export interface ReadArgs {
  readonly plugins: PluginArgs
  readonly preemption: PreemptionArgs
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export function readPluginArgs({ pluginConfig = [] }: ProfileConfiguration, ignoredResources: readonly string[] = []): ReadArgs {
  const plugins: Mutable<PluginArgs> = {}
  let preemption = defaultPreemptionArgs
  for (const { name, args = {} } of pluginConfig) {
    switch (name) {
      case 'NodeAffinity':
        if (args.addedAffinity) plugins.addedAffinity = args.addedAffinity
        break
      case 'NodeResourcesFit':
        plugins.fit = fitArgs(args)
        break
      case 'VolumeBinding':
        plugins.volumeBinding = { bindTimeoutSeconds: args.bindTimeoutSeconds ?? 600 }
        break
      case 'PodTopologySpread':
        plugins.spread = spreadArgs(args)
        break
      case 'InterPodAffinity':
        plugins.interPodAffinity = {
          hardPodAffinityWeight: within(args.hardPodAffinityWeight ?? 1, 0, 100, 'hardPodAffinityWeight'),
          ignorePreferredTermsOfExistingPods: args.ignorePreferredTermsOfExistingPods ?? false,
        }
        break
      case 'DefaultPreemption':
        preemption = {
          minCandidateNodesPercentage: within(args.minCandidateNodesPercentage ?? 10, 0, 100, 'minCandidateNodesPercentage'),
          minCandidateNodesAbsolute: within(args.minCandidateNodesAbsolute ?? 100, 0, Number.MAX_SAFE_INTEGER, 'minCandidateNodesAbsolute'),
        }
        break
      case 'NodeResourcesBalancedAllocation':
        if (args.resources && JSON.stringify(args.resources.map((each: any) => each.name).sort()) !== '["cpu","memory"]') {
          throw new Error('NodeResourcesBalancedAllocationArgs: only cpu and memory are supported')
        }
        break
      default:
        throw new Error(`pluginConfig: plugin "${name}" takes no arguments here`)
    }
  }
  if (ignoredResources.length > 0) {
    const fit = plugins.fit ?? defaultFitArgs
    plugins.fit = { ...fit, ignoredResources: new Set([...fit.ignoredResources, ...ignoredResources]) }
  }
  return { plugins, preemption }
}

function fitArgs({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy = {} }: any): FitArgs {
  const { type = 'LeastAllocated', resources = defaultFitArgs.resources, requestedToCapacityRatio } = scoringStrategy
  if (!['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'].includes(type)) {
    throw new Error(`NodeResourcesFitArgs: scoringStrategy.type: Unsupported value: "${type}"`)
  }
  return {
    ignoredResources: new Set(ignoredResources),
    ignoredResourceGroups: new Set(ignoredResourceGroups),
    type,
    resources: resources.map(({ name, weight = 1 }: any) => ({ name, weight })),
    shape: requestedToCapacityRatio?.shape ?? [],
  }
}

function spreadArgs({ defaultConstraints = [], defaultingType = 'System' }: any) {
  if (defaultingType === 'List') return { defaultConstraints, systemDefaulted: false }
  if (defaultConstraints.length > 0) {
    throw new Error('PodTopologySpreadArgs: defaultingType: Invalid value: "System": when .defaultConstraints are specified, must be "List"')
  }
  return systemDefaults
}

function within(value: number, min: number, max: number, name: string): number {
  if (value < min || value > max) throw new Error(`${name}: Invalid value: ${value}: not in valid range [${min}-${max}]`)
  return value
}
