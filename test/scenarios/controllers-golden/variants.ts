/** Control planes whose controllers are given flags, each with scenarios of its own. */
import type { ControlPlaneOptions } from '#control-plane/types.ts'
import { customMetricsScenarios } from './scenarios/autoscalers.ts'
import { dualRangeScenarios, endedScenarios, migrationScenarios, rangeScenarios } from './scenarios/ranges.ts'
import type { Scenario } from './types.ts'

export interface Variant {
  readonly name: string
  /** What the real ones are started with: of kube-controller-manager, and of kube-apiserver. */
  readonly flags: string
  readonly serverFlags?: string
  readonly options: Pick<ControlPlaneOptions, 'controllerSettings' | 'featureGates' | 'runtimeConfig'>
  readonly scenarios: readonly Scenario[]
}

export const variants: readonly Variant[] = [
  {
    name: 'metrics',
    flags: 'an adapter of custom metrics',
    // Only without it a Service may be a name of elsewhere.
    serverFlags: '--enable-aggregator-routing=false',
    options: {},
    scenarios: customMetricsScenarios,
  },
  {
    name: 'ranges',
    flags: '--allocate-node-cidrs --cluster-cidr=10.244.0.0/21 --service-cluster-ip-range=10.244.1.0/24 --terminated-pod-gc-threshold=2',
    options: { controllerSettings: { podCidr: '10.244.0.0/21', serviceCidr: '10.244.1.0/24', terminatedPodThreshold: 2 } },
    scenarios: [...rangeScenarios, ...endedScenarios],
  },
  {
    name: 'dual',
    flags: '--allocate-node-cidrs --cluster-cidr=10.244.0.0/20,fd00:10:244::/60 --node-cidr-mask-size-ipv4=24 --node-cidr-mask-size-ipv6=64',
    options: { controllerSettings: { podCidr: '10.244.0.0/20,fd00:10:244::/60', nodeCidrMaskSize: 24, nodeCidrMaskSizeIpv6: 64 } },
    scenarios: dualRangeScenarios,
  },
  {
    name: 'migrations',
    flags: '--feature-gates=StorageVersionMigrator=true',
    serverFlags: '--feature-gates=StorageVersionMigrator=true --runtime-config=storagemigration.k8s.io/v1beta1=true',
    options: { featureGates: new Set(['StorageVersionMigrator']), runtimeConfig: new Set(['storagemigration.k8s.io/v1beta1']) },
    scenarios: migrationScenarios,
  },
]
