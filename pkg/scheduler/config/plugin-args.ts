/** A profile's pluginConfig, validated already, with upstream's defaults. */
import { durationMs } from '#apimachinery/go-duration.ts'
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

export const strategies = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio']

export function readPluginArgs({ pluginConfig = [] }: ProfileConfiguration, ignoredResources: readonly string[] = []): ReadArgs {
  const of = (name: string): any => pluginConfig.find((each) => each.name === name)?.args ?? {}
  const { addedAffinity } = of('NodeAffinity')
  const affinity = of('InterPodAffinity')
  const preemption = of('DefaultPreemption')
  const { bindingTimeout } = of('DynamicResources')
  const { resources: balanced } = of('NodeResourcesBalancedAllocation')
  return {
    plugins: {
      ...(addedAffinity ? { addedAffinity } : {}),
      ...(bindingTimeout ? { dynamicResources: { bindingTimeoutSeconds: durationMs(bindingTimeout) / 1000 } } : {}),
      ...(balanced ? { balancedResources: balanced.map(({ name }: { name: string }) => name) } : {}),
      fit: fitArgs(of('NodeResourcesFit'), ignoredResources),
      volumeBinding: { bindTimeoutSeconds: of('VolumeBinding').bindTimeoutSeconds ?? 600 },
      spread: spreadArgs(of('PodTopologySpread')),
      interPodAffinity: {
        hardPodAffinityWeight: affinity.hardPodAffinityWeight ?? 1,
        ignorePreferredTermsOfExistingPods: affinity.ignorePreferredTermsOfExistingPods ?? false,
      },
    },
    preemption: { ...defaultPreemptionArgs, ...defined(preemption, ['minCandidateNodesPercentage', 'minCandidateNodesAbsolute']) },
  }
}

function defined(from: any, names: readonly string[]): object {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined && from[name] !== null).map((name) => [name, from[name]]))
}

function fitArgs({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy = {} }: any, more: readonly string[]): FitArgs {
  const { type = 'LeastAllocated', resources = defaultFitArgs.resources, requestedToCapacityRatio } = scoringStrategy
  return {
    ignoredResources: new Set([...ignoredResources, ...more]),
    ignoredResourceGroups: new Set(ignoredResourceGroups),
    type,
    // A weight of 0 is one that was not given.
    resources: resources.map(({ name, weight }: any) => ({ name, weight: weight || 1 })),
    shape: requestedToCapacityRatio?.shape ?? [],
  }
}

function spreadArgs({ defaultConstraints = [], defaultingType = 'System' }: any) {
  return defaultingType === 'List' ? { defaultConstraints, systemDefaulted: false } : systemDefaults
}
