/**
 * kube-controller-manager's flags that users set, as upstream names them and with its defaults (docs/controller-manager-flags.md). What the
 * cluster itself decides (ranges, keys, addresses) is no flag here, and says so (`left-out.ts`).
 */
import { gatesToSwitch } from '#api/gated-fields.ts'
import { parseFeatureGates } from '#base/feature-gates.ts'
import { booleanFlag, FlagError, type FlagValues, parseFlagLines, withoutLeftOut } from '#base/flags.ts'
import type { LeaseTimes } from '#client/lease.ts'
import { type RequestLimit, requestLimitOf } from '#client/request-limit.ts'
import type { ControllerManagerOptions } from '../manager.ts'
import { canonicalNames } from '../names.ts'
import { concurrent, concurrentFlags, type KnownFlag, known, repeatable } from './known.ts'
import { fixed, refused } from './left-out.ts'
import { type SigningFiles, signingFiles } from './signing.ts'
import { complaints } from './validate.ts'
import { durationMsFlag, fractionFlag, integerFlag } from '#apimachinery/flag-values.ts'

export type { SigningFiles } from './signing.ts'

type Flags = FlagValues<KnownFlag>

export type ControllerManagerSettings = Pick<
  ControllerManagerOptions,
  | 'controllers'
  | 'workers'
  | 'resyncMs'
  | 'startIntervalMs'
  | 'autoscaler'
  | 'endpoints'
  | 'featureGates'
  | 'forceDetach'
  | 'legacyTokenCleanUpPeriodMs'
  | 'namespaceSyncMs'
  | 'nodeCidrMaskSize'
  | 'nodeCidrMaskSizeIpv6'
  | 'nodeMonitorGracePeriodMs'
  | 'nodeStartupGracePeriodMs'
  | 'resourceQuotaSyncMs'
  | 'terminatedPodThreshold'
  | 'volumes'
  | 'zoneLimits'
>

export interface ControllerManagerFlagOptions {
  readonly settings: ControllerManagerSettings
  /** --allocate-node-cidrs. */
  readonly allocatesNodeCidrs: boolean
  readonly signing: {
    /** --cluster-signing-duration. */
    readonly durationSeconds: number
    /** The files of the authority that signs, or by signer those of each that does; absent: the cluster's own signs. */
    readonly files?: SigningFiles | Readonly<Record<string, SigningFiles>>
  }
  readonly election: LeaseTimes & {
    /** Absent: as the program is started. */
    readonly elects?: boolean
    readonly name: string
    readonly namespace: string
  }
  /** --kube-api-qps and --kube-api-burst; absent: the manager asks as fast as it can. */
  readonly requestLimit?: RequestLimit
  /** --controller-shutdown-timeout. */
  readonly shutdownTimeoutMs: number
  /** Of the cloud's controllers, where they run beside these. */
  readonly cloud: { readonly nodeMonitorMs: number }
}

/** By name, as upstream prints their values: what /flagz and /configz show. Throws as `controllerManagerOptions` does. */
export function controllerManagerFlagValues(text: string): Readonly<Record<string, string>> {
  controllerManagerOptions(text)
  const { given: _, ...values } = parseFlagLines(withoutLeftOut(text, { fixed, refused }), known, repeatable)
  return values
}

/** Throws FlagError for a flag that is not known or not heeded here, and for a value that cannot be. `text`: a flag a line. */
export function controllerManagerOptions(text: string): ControllerManagerFlagOptions {
  const flags = parseFlagLines(withoutLeftOut(text, { fixed, refused }), known, repeatable)
  const strangers: string[] = []
  const named = canonicalNames(flags.controllers ? flags.controllers.split(',') : ['*'], (name) => {
    strangers.push(`${JSON.stringify(name)} is not in the list of known controllers`)
    return []
  })
  const featureGates = parseFeatureGates(flags['feature-gates'], gatesToSwitch)
  const found = complaints(flags, strangers)
  if (found.length > 0) throw new FlagError(found.length === 1 ? found[0]! : `[${found.join(', ')}]`)
  const files = signingFiles(flags)
  const requestLimit = requestLimitOf(flags, { qps: 20, burst: 30 })
  return {
    settings: settingsOf(flags, featureGates, [...named, ...(booleanFlag(flags, 'enable-garbage-collector') ? [] : ['-garbage-collector-controller'])]),
    allocatesNodeCidrs: booleanFlag(flags, 'allocate-node-cidrs'),
    signing: { durationSeconds: durationMsFlag(flags, 'cluster-signing-duration') / 1000, ...(files ? { files } : {}) },
    election: {
      ...(flags.given.has('leader-elect') ? { elects: booleanFlag(flags, 'leader-elect') } : {}),
      name: flags['leader-elect-resource-name'],
      namespace: flags['leader-elect-resource-namespace'],
      leaseDurationMs: durationMsFlag(flags, 'leader-elect-lease-duration'),
      renewDeadlineMs: durationMsFlag(flags, 'leader-elect-renew-deadline'),
      retryPeriodMs: durationMsFlag(flags, 'leader-elect-retry-period'),
    },
    ...(requestLimit ? { requestLimit } : {}),
    shutdownTimeoutMs: durationMsFlag(flags, 'controller-shutdown-timeout'),
    cloud: { nodeMonitorMs: durationMsFlag(flags, 'node-monitor-period') },
  }
}

function settingsOf(flags: Flags, featureGates: ReadonlySet<string>, controllers: readonly string[]): ControllerManagerSettings {
  return {
    controllers,
    workers: workersOf(flags),
    resyncMs: durationMsFlag(flags, 'min-resync-period'),
    startIntervalMs: durationMsFlag(flags, 'controller-start-interval'),
    autoscaler: {
      syncMs: durationMsFlag(flags, 'horizontal-pod-autoscaler-sync-period'),
      downscaleStabilizationMs: durationMsFlag(flags, 'horizontal-pod-autoscaler-downscale-stabilization'),
      tolerance: fractionFlag(flags, 'horizontal-pod-autoscaler-tolerance'),
      cpuInitializationMs: durationMsFlag(flags, 'horizontal-pod-autoscaler-cpu-initialization-period'),
      readinessDelayMs: durationMsFlag(flags, 'horizontal-pod-autoscaler-initial-readiness-delay'),
    },
    endpoints: {
      batchMs: durationMsFlag(flags, 'endpoint-updates-batch-period'),
      sliceBatchMs: durationMsFlag(flags, 'endpointslice-updates-batch-period'),
      perSlice: integerFlag(flags, 'max-endpoints-per-slice'),
      mirrorBatchMs: durationMsFlag(flags, 'mirroring-endpointslice-updates-batch-period'),
      mirroredPerSubset: integerFlag(flags, 'mirroring-max-endpoints-per-subset'),
    },
    featureGates,
    forceDetach: !booleanFlag(flags, 'disable-force-detach-on-timeout'),
    legacyTokenCleanUpPeriodMs: durationMsFlag(flags, 'legacy-service-account-token-clean-up-period'),
    namespaceSyncMs: durationMsFlag(flags, 'namespace-sync-period'),
    ...maskSizes(flags),
    nodeMonitorGracePeriodMs: durationMsFlag(flags, 'node-monitor-grace-period'),
    nodeStartupGracePeriodMs: durationMsFlag(flags, 'node-startup-grace-period'),
    resourceQuotaSyncMs: durationMsFlag(flags, 'resource-quota-sync-period'),
    terminatedPodThreshold: integerFlag(flags, 'terminated-pod-gc-threshold'),
    volumes: { syncMs: durationMsFlag(flags, 'pvclaimbinder-sync-period'), provisions: booleanFlag(flags, 'enable-dynamic-provisioning') },
    zoneLimits: {
      nodeEvictionRate: fractionFlag(flags, 'node-eviction-rate'),
      secondaryNodeEvictionRate: fractionFlag(flags, 'secondary-node-eviction-rate'),
      unhealthyZoneThreshold: fractionFlag(flags, 'unhealthy-zone-threshold'),
      largeClusterSizeThreshold: integerFlag(flags, 'large-cluster-size-threshold'),
    },
  }
}

/** Only those that are given: a controller knows best how many it needs otherwise. */
function workersOf(flags: Flags): Record<string, number> {
  return Object.fromEntries(concurrentFlags.filter((name) => flags.given.has(name)).map((name) => [concurrent[name][1], integerFlag(flags, name)]))
}

function maskSizes(flags: Flags): Pick<ControllerManagerOptions, 'nodeCidrMaskSize' | 'nodeCidrMaskSizeIpv6'> {
  const [one, four, six] = (['node-cidr-mask-size', 'node-cidr-mask-size-ipv4', 'node-cidr-mask-size-ipv6'] as const).map((name) =>
    flags.given.has(name) ? integerFlag(flags, name) : undefined,
  )
  const size = one ?? four
  return { ...(size === undefined ? {} : { nodeCidrMaskSize: size }), ...(six === undefined ? {} : { nodeCidrMaskSizeIpv6: six }) }
}
