/**
 * The local cluster as a cloud: its nodes are machines of the cluster's plan, a load balancer is an address of the underlay that a node
 * announces (`#network/loadbalancer`). Routes it has none: nodes make those among themselves.
 */
import type { CloudProvider } from '../types.ts'
import { type LocalInstance, localInstances } from './instances.ts'
import { localLoadBalancers } from './load-balancers.ts'

export type { LocalInstance } from './instances.ts'

export const providerName = 'k8ts'

export interface LocalCloudOptions {
  readonly clusterName: string
  /** The plan as it is now. Absent: the provider has no instances. */
  readonly plan?: () => Promise<readonly LocalInstance[]>
  /** "172.30.0.128/25": what load balancers have their addresses of, a range of each family. Absent: it has none. */
  readonly loadBalancerRanges?: readonly string[]
}

export function localCloud({ clusterName, plan, loadBalancerRanges }: LocalCloudOptions): CloudProvider {
  return {
    name: providerName,
    ...(plan ? { instances: localInstances(`${providerName}://${clusterName}/`, plan) } : {}),
    ...(loadBalancerRanges ? { loadBalancers: localLoadBalancers(loadBalancerRanges) } : {}),
  }
}
