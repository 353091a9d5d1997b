/** What pods are made with that follows from the machine and the configuration alone. */
import { hasSysResource, isUnified, limitsHugePages, limitsSwap } from '../cgroups/cgroup-manager.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import type { Machine } from '../node/machine.ts'
import { hugePagesOf } from '../topology/machine.ts'

type Facts = Pick<
  KubeletContext,
  'clusterDns' | 'clusterDomain' | 'resolvConf' | 'memoryCapacity' | 'cpuCapacity' | 'canLowerOomScore' | 'hugePages' | 'oomGroup' | 'swap'
>

export function machineFacts(configuration: CompleteConfiguration, { memoryBytes, cpus }: Machine, swapBytes: number): Facts {
  return {
    clusterDns: configuration.clusterDNS ?? [],
    clusterDomain: configuration.clusterDomain ?? '',
    resolvConf: configuration.resolvConf,
    memoryCapacity: memoryBytes,
    cpuCapacity: cpus,
    canLowerOomScore: hasSysResource(),
    hugePages: limitsHugePages() ? Object.keys(hugePagesOf()) : [],
    oomGroup: isUnified() && configuration.singleProcessOOMKill !== true,
    swap: {
      behavior: configuration.memorySwap?.swapBehavior || 'NoSwap',
      swapBytes: limitsSwap() ? swapBytes : 0,
      memoryBytes,
      isUnified: isUnified(),
    },
  }
}
