/**
 * kube-controller-manager's flags that users set, as upstream names them and with its defaults (docs/controller-manager-flags.md). What the
 * cluster itself decides (ranges, keys, addresses) is no flag here.
 */
import { gatesToSwitch } from '#api/gated-fields.ts'
import { parseFeatureGates } from '#base/feature-gates.ts'
import { booleanFlag, durationFlag, FlagError, type FlagValues, numberFlag, parseFlagLines } from '#base/flags.ts'
import type { ControllerManagerOptions } from './manager.ts'
import { canonicalNames } from './names.ts'

/** How many keys are worked on at a time: whose controllers' workers each sets. */
const concurrent = {
  'concurrent-cron-job-syncs': ['5', 'cronjob-controller'],
  'concurrent-daemonset-syncs': ['2', 'daemonset-controller'],
  'concurrent-deployment-syncs': ['5', 'deployment-controller'],
  'concurrent-device-taint-eviction-syncs': ['8', 'device-taint-eviction-controller'],
  'concurrent-endpoint-syncs': ['5', 'endpoints-controller'],
  'concurrent-ephemeralvolume-syncs': ['5', 'ephemeral-volume-controller'],
  'concurrent-gc-syncs': ['20', 'garbage-collector-controller'],
  'concurrent-horizontal-pod-autoscaler-syncs': ['5', 'horizontal-pod-autoscaler-controller'],
  'concurrent-job-syncs': ['5', 'job-controller'],
  'concurrent-namespace-syncs': ['10', 'namespace-controller'],
  'concurrent-rc-syncs': ['5', 'replicationcontroller-controller'],
  'concurrent-replicaset-syncs': ['5', 'replicaset-controller'],
  'concurrent-resource-quota-syncs': ['5', 'resourcequota-controller'],
  'concurrent-resourceclaim-syncs': ['50', 'resourceclaim-controller'],
  'concurrent-service-endpoint-syncs': ['5', 'endpointslice-controller'],
  'concurrent-serviceaccount-token-syncs': ['5', 'serviceaccount-token-controller'],
  'concurrent-statefulset-syncs': ['5', 'statefulset-controller'],
  'concurrent-ttl-after-finished-syncs': ['5', 'ttl-after-finished-controller'],
  'concurrent-validating-admission-policy-status-syncs': ['5', 'validatingadmissionpolicy-status-controller'],
  'mirroring-concurrent-service-endpoint-syncs': ['5', 'endpointslice-mirroring-controller'],
} as const

type ConcurrentFlag = keyof typeof concurrent
const concurrentDefaults = Object.fromEntries(Object.entries(concurrent).map(([name, [count]]) => [name, count])) as Record<ConcurrentFlag, string>

const known = {
  ...concurrentDefaults,
  controllers: '',
  'cluster-signing-duration': '8760h0m0s',
  'enable-garbage-collector': 'true',
  'feature-gates': '',
  'horizontal-pod-autoscaler-cpu-initialization-period': '5m0s',
  'horizontal-pod-autoscaler-downscale-stabilization': '5m0s',
  'horizontal-pod-autoscaler-initial-readiness-delay': '30s',
  'horizontal-pod-autoscaler-sync-period': '15s',
  'horizontal-pod-autoscaler-tolerance': '0.1',
  'large-cluster-size-threshold': '50',
  'legacy-service-account-token-clean-up-period': '8760h0m0s',
  'node-cidr-mask-size': '',
  'node-cidr-mask-size-ipv4': '',
  'node-cidr-mask-size-ipv6': '',
  'node-eviction-rate': '0.1',
  'node-monitor-grace-period': '50s',
  'node-startup-grace-period': '1m0s',
  'resource-quota-sync-period': '5m0s',
  'secondary-node-eviction-rate': '0.01',
  'terminated-pod-gc-threshold': '12500',
  'unhealthy-zone-threshold': '0.55',
} as const

/** Flags that add to what was given before. */
const repeatable: ReadonlySet<string> = new Set(['controllers', 'feature-gates'])

type Flags = FlagValues<keyof typeof known>

export type ControllerManagerFlagOptions = Pick<
  ControllerManagerOptions,
  | 'controllers'
  | 'workers'
  | 'autoscaler'
  | 'featureGates'
  | 'legacyTokenCleanUpPeriodMs'
  | 'nodeCidrMaskSize'
  | 'nodeCidrMaskSizeIpv6'
  | 'nodeMonitorGracePeriodMs'
  | 'nodeStartupGracePeriodMs'
  | 'resourceQuotaSyncMs'
  | 'terminatedPodThreshold'
  | 'zoneLimits'
> & {
  /** --cluster-signing-duration. */
  readonly signingSeconds: number
}

/** By name, as upstream prints their values: what /flagz and /configz show. Throws as `controllerManagerOptions` does. */
export function controllerManagerFlagValues(text: string): Readonly<Record<string, string>> {
  controllerManagerOptions(text)
  const { given: _, ...values } = parseFlagLines(text, known, repeatable)
  return values
}

/** Throws FlagError for a flag that is not known and for a value that cannot be. `text`: a flag a line. */
export function controllerManagerOptions(text: string): ControllerManagerFlagOptions {
  const flags = parseFlagLines(text, known, repeatable)
  const named = canonicalNames(flags.controllers ? flags.controllers.split(',') : ['*'], (name) => {
    throw new FlagError(`${JSON.stringify(name)} is not in the list of known controllers`)
  })
  const controllers = [...named, ...(booleanFlag(flags, 'enable-garbage-collector') ? [] : ['-garbage-collector-controller'])]
  return {
    controllers,
    workers: workersOf(flags),
    autoscaler: {
      syncMs: positiveDuration(flags, 'horizontal-pod-autoscaler-sync-period'),
      downscaleStabilizationMs: durationFlag(flags, 'horizontal-pod-autoscaler-downscale-stabilization'),
      tolerance: fractionFlag(flags, 'horizontal-pod-autoscaler-tolerance'),
      cpuInitializationMs: durationFlag(flags, 'horizontal-pod-autoscaler-cpu-initialization-period'),
      readinessDelayMs: durationFlag(flags, 'horizontal-pod-autoscaler-initial-readiness-delay'),
    },
    featureGates: parseFeatureGates(flags['feature-gates'], gatesToSwitch),
    legacyTokenCleanUpPeriodMs: positiveDuration(flags, 'legacy-service-account-token-clean-up-period'),
    ...maskSizes(flags),
    nodeMonitorGracePeriodMs: positiveDuration(flags, 'node-monitor-grace-period'),
    nodeStartupGracePeriodMs: positiveDuration(flags, 'node-startup-grace-period'),
    resourceQuotaSyncMs: positiveDuration(flags, 'resource-quota-sync-period'),
    signingSeconds: positiveDuration(flags, 'cluster-signing-duration') / 1000,
    terminatedPodThreshold: numberFlag(flags, 'terminated-pod-gc-threshold'),
    zoneLimits: {
      nodeEvictionRate: fractionFlag(flags, 'node-eviction-rate'),
      secondaryNodeEvictionRate: fractionFlag(flags, 'secondary-node-eviction-rate'),
      unhealthyZoneThreshold: fractionFlag(flags, 'unhealthy-zone-threshold'),
      largeClusterSizeThreshold: numberFlag(flags, 'large-cluster-size-threshold'),
    },
  }
}

/** Each of upstream's controllers has words of its own for it; those that take anything, and then do nothing, have the commonest here. */
function atLeastOne(name: ConcurrentFlag): string {
  if (name.endsWith('service-endpoint-syncs')) return 'not be less than 1, but got'
  if (name === 'concurrent-resourceclaim-syncs') return 'be larger than 0, got'
  return name === 'concurrent-device-taint-eviction-syncs' ? 'be greater than zero, got' : 'be greater than 0, but got'
}

/** Only those that are given: a controller knows best how many it needs otherwise. */
function workersOf(flags: Flags): Record<string, number> {
  const workers: Record<string, number> = {}
  for (const name of Object.keys(concurrent) as ConcurrentFlag[]) {
    if (!flags.given.has(name)) continue
    const count = numberFlag(flags, name)
    const most = name.endsWith('service-endpoint-syncs') ? 50 : 1000
    if (count < 1) throw new FlagError(`${name} must ${atLeastOne(name)} ${count}`)
    if (count > most) throw new FlagError(`${name} must not be more than ${most}, but got ${count}`)
    for (const controller of concurrent[name].slice(1)) workers[controller] = count
  }
  return workers
}

/** Upstream's: the flag without a family is of clusters of one family, the others of those of two. */
function maskSizes(flags: Flags): Pick<ControllerManagerOptions, 'nodeCidrMaskSize' | 'nodeCidrMaskSizeIpv6'> {
  const [one, four, six] = (['node-cidr-mask-size', 'node-cidr-mask-size-ipv4', 'node-cidr-mask-size-ipv6'] as const).map((name) => {
    if (!flags.given.has(name)) return undefined
    const size = numberFlag(flags, name)
    const most = name.endsWith('ipv6') ? 128 : name.endsWith('ipv4') ? 32 : 128
    if (size < 1 || size > most) throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: a size from 1 to ${most} is wanted`)
    return size
  })
  if (one !== undefined && (four !== undefined || six !== undefined))
    throw new FlagError('usage of --node-cidr-mask-size is not allowed with dual-stack clusters; use --node-cidr-mask-size-ipv4 and --node-cidr-mask-size-ipv6')
  const size = one ?? four
  return { ...(size === undefined ? {} : { nodeCidrMaskSize: size }), ...(six === undefined ? {} : { nodeCidrMaskSizeIpv6: six }) }
}

function positiveDuration(flags: Flags, name: keyof typeof known): number {
  const durationMs = durationFlag(flags, name)
  if (durationMs <= 0) throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: it must be greater than zero`)
  return durationMs
}

function fractionFlag(flags: Flags, name: keyof typeof known): number {
  const value = Number(flags[name])
  const why =
    flags[name].trim() === '' || !Number.isFinite(value)
      ? `strconv.ParseFloat: parsing ${JSON.stringify(flags[name])}: invalid syntax`
      : value < 0
        ? 'a number from 0 up is wanted'
        : undefined
  if (why) throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: ${why}`)
  return value
}
