/** What upstream's ValidateKubeletConfiguration refuses, in its words. */
import { normalize } from 'node:path'
import { isQuantity, Quantity } from '#apimachinery/quantity.ts'
import { cpuOptions } from '../cpus/options.ts'
import { isMemory } from '../memory/reserved.ts'
import { tlsErrors } from '../server/tls-settings.ts'
import { topologyOptions } from '../topology/options.ts'
import { type CompleteConfiguration, ms } from './defaults.ts'
import { allowListErrors, loggingErrors, taintErrors, tracingErrors } from './validate-documents.ts'

type Check = (configuration: CompleteConfiguration) => string | false | undefined | readonly (string | false | undefined)[]

const notNegative =
  (name: keyof CompleteConfiguration, flag: string): Check =>
  (c) =>
    ((c[name] as number | undefined) ?? 0) < 0 && `${name} (--${flag}) ${c[name]} must not be a negative number`
const within =
  (name: keyof CompleteConfiguration, flag: string, from: number, to: number): Check =>
  (c) => {
    const value = c[name] as number
    return (value < from || value > to) && `${name} (--${flag}) ${value} must be between ${from} and ${to}, inclusive`
  }
const oneOf =
  (name: keyof CompleteConfiguration, options: readonly string[], message: (value: string) => string): Check =>
  (c) =>
    !options.includes(String(c[name] ?? '')) && message(String(c[name]))
/** Marks errors that upstream does not begin with "invalid configuration". */
const whole = '\0'
const bare =
  (check: Check): Check =>
  (c) =>
    [check(c)].flat().map((each) => typeof each === 'string' && `${whole}${each}`)
const quote = (text: string): string => JSON.stringify(text)
/** Of the version before this one. */
const previousMinor = '1.35'
const isPort = (port: number): boolean => port >= 1 && port <= 65535

const memoryPolicies = ['None', 'Static']
const topologyPolicies = ['none', 'best-effort', 'restricted', 'single-numa-node']
const hairpinModes = ['none', 'hairpin-veth', 'promiscuous-bridge']
const pullPolicies = ['NeverVerify', 'NeverVerifyPreloadedImages', 'NeverVerifyAllowlistedImages', 'AlwaysVerify']
const enforcements = ['pods', 'system-reserved', 'system-reserved-compressible', 'kube-reserved', 'kube-reserved-compressible', 'none']
const userNamespaceUnit = 65536

/** In upstream's order. */
const checks: readonly Check[] = [
  (c) => c.nodeLeaseDurationSeconds <= 0 && 'nodeLeaseDurationSeconds must be greater than 0',
  (c) => (c.systemCgroups ?? '') !== '' && !c.cgroupRoot && 'systemCgroups (--system-cgroups) was specified and cgroupRoot (--cgroup-root) was not specified',
  notNegative('eventBurst', 'event-burst'),
  notNegative('eventRecordQPS', 'event-qps'),
  (c) => c.healthzPort !== 0 && !isPort(c.healthzPort) && `healthzPort (--healthz-port) ${c.healthzPort} must be between 1 and 65535, inclusive`,
  (c) =>
    (ms(c.cpuCFSQuotaPeriod) < 1 || ms(c.cpuCFSQuotaPeriod) > 1000) &&
    `cpuCFSQuotaPeriod (--cpu-cfs-quota-period) {${c.cpuCFSQuotaPeriod}} must be between 1ms and 1sec, inclusive`,
  within('imageGCHighThresholdPercent', 'image-gc-high-threshold', 0, 100),
  within('imageGCLowThresholdPercent', 'image-gc-low-threshold', 0, 100),
  (c) =>
    c.imageGCLowThresholdPercent >= c.imageGCHighThresholdPercent &&
    `imageGCLowThresholdPercent (--image-gc-low-threshold) ${c.imageGCLowThresholdPercent} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${c.imageGCHighThresholdPercent}`,
  (c) => ms(c.imageMinimumGCAge) < 0 && `imageMinimumGCAge ${c.imageMinimumGCAge} must not be negative`,
  (c) => ms(c.imageMaximumGCAge) < 0 && `imageMaximumGCAge ${c.imageMaximumGCAge} must not be negative`,
  (c) =>
    ms(c.imageMaximumGCAge) > 0 &&
    ms(c.imageMaximumGCAge) <= ms(c.imageMinimumGCAge) &&
    `imageMaximumGCAge ${c.imageMaximumGCAge} must be greater than imageMinimumGCAge ${c.imageMinimumGCAge}`,
  within('iptablesDropBit', 'iptables-drop-bit', 0, 31),
  within('iptablesMasqueradeBit', 'iptables-masquerade-bit', 0, 31),
  notNegative('kubeAPIBurst', 'kube-api-burst'),
  notNegative('kubeAPIQPS', 'kube-api-qps'),
  (c) => c.nodeStatusMaxImages < -1 && `nodeStatusMaxImages (--node-status-max-images) ${c.nodeStatusMaxImages} must be -1 or greater`,
  notNegative('maxOpenFiles', 'max-open-files'),
  notNegative('maxPods', 'max-pods'),
  within('oomScoreAdj', 'oom-score-adj', -1000, 1000),
  notNegative('podsPerCore', 'pods-per-core'),
  (c) => !isPort(c.port) && `port (--port) ${c.port} must be between 1 and 65535, inclusive`,
  (c) => (c.readOnlyPort ?? 0) !== 0 && !isPort(c.readOnlyPort!) && `readOnlyPort (--read-only-port) ${c.readOnlyPort} must be between 0 and 65535, inclusive`,
  notNegative('registryBurst', 'registry-burst'),
  notNegative('registryPullQPS', 'registry-qps'),
  (c) => c.maxParallelImagePulls !== undefined && c.maxParallelImagePulls < 1 && `maxParallelImagePulls ${c.maxParallelImagePulls} must be a positive number`,
  (c) =>
    c.serializeImagePulls &&
    (c.maxParallelImagePulls ?? 1) > 1 &&
    'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
  (c) => c.runOnce && 'runOnce (--runOnce) true, Runonce mode has been deprecated and should not be set',
  bare(taintErrors),
  oneOf(
    'topologyManagerPolicy',
    topologyPolicies,
    (value) => `topologyManagerPolicy (--topology-manager-policy) ${quote(value)} must be one of: [${topologyPolicies.map(quote).join(' ')}]`,
  ),
  oneOf(
    'topologyManagerScope',
    ['container', 'pod'],
    (value) => `topologyManagerScope (--topology-manager-scope) ${quote(value)} must be one of: "container", or "pod"`,
  ),
  (c) =>
    ms(c.shutdownGracePeriodCriticalPods) > ms(c.shutdownGracePeriod) &&
    `shutdownGracePeriodCriticalPods {${c.shutdownGracePeriodCriticalPods}} must be <= shutdownGracePeriod {${c.shutdownGracePeriod}}`,
  ...(['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'] as const).map(
    (name): Check =>
      (c) =>
        (ms(c[name]) < 0 || (ms(c[name]) > 0 && ms(c[name]) < 1000)) && `${name} {${c[name]}} must be either zero or otherwise >= 1 sec`,
  ),
  (c) =>
    (c.shutdownGracePeriodByPodPriority?.length ?? 0) > 0 &&
    (ms(c.shutdownGracePeriod) > 0 || ms(c.shutdownGracePeriodCriticalPods) > 0) &&
    'Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time',
  (c) =>
    !['', 'NoSwap', 'LimitedSwap'].includes(c.memorySwap?.swapBehavior ?? '') &&
    `memorySwap.swapBehavior ${quote(c.memorySwap!.swapBehavior!)} must be one of: "", "LimitedSwap" or "NoSwap"`,
  (c) => {
    const period = ms(c.crashLoopBackOff.maxContainerRestartPeriod)
    return (period < 1000 || period > 300_000) && `CrashLoopBackOff.MaxContainerRestartPeriod (got: ${period / 1000} seconds) must be set between 1s and 300s`
  },
  enforcementErrors,
  oneOf(
    'hairpinMode',
    hairpinModes,
    (value) => `option ${quote(value)} specified for hairpinMode (--hairpin-mode). Valid options are "none", "hairpin-veth" or "promiscuous-bridge"`,
  ),
  oneOf(
    'imagePullCredentialsVerificationPolicy',
    pullPolicies,
    (value) =>
      `option ${quote(value)} specified for imagePullCredentialsVerificationPolicy. Valid options are ${pullPolicies.slice(0, 3).map(quote).join(', ')} or "AlwaysVerify"`,
  ),
  allowListErrors,
  (c) =>
    Boolean(c.reservedSystemCPUs && (c.systemReservedCgroup || c.kubeReservedCgroup)) &&
    "can't use reservedSystemCPUs (--reserved-cpus) with systemReservedCgroup (--system-reserved-cgroup) or kubeReservedCgroup (--kube-reserved-cgroup)",
  (c) => {
    const why = cpuSetError(c.reservedSystemCPUs ?? '')
    return why !== undefined && `unable to parse reservedSystemCPUs (--reserved-cpus) ${c.reservedSystemCPUs}, error: ${why}`
  },
  memoryReservationErrors,
  ({ userNamespaces }) => {
    const ids = userNamespaces?.idsPerPod
    if (ids === undefined) return undefined
    if (ids < userNamespaceUnit) return `userNamespaces.idsPerPod must not be less than ${userNamespaceUnit}`
    if (ids % userNamespaceUnit !== 0) return `userNamespaces.idsPerPod must be a multiple of ${userNamespaceUnit}`
    return ids > 2 ** 32 - 1 && `userNamespaces.idsPerPod must not be more than ${2 ** 32 - 1}`
  },
  bare(
    ({ showHiddenMetricsForVersion: version }) =>
      Boolean(version) &&
      version !== previousMinor &&
      `invalid showHiddenMetricsForVersion: showHiddenMetricsForVersion: Invalid value: ${quote(version!)}: must be omitted or have the value '${previousMinor}'; only the previous minor version is allowed`,
  ),
  bare(loggingErrors),
  bare(tracingErrors),
  (c) =>
    (c.memoryThrottlingFactor <= 0 || c.memoryThrottlingFactor > 1) &&
    `memoryThrottlingFactor ${c.memoryThrottlingFactor} must be greater than 0 and less than or equal to 1.0`,
  (c) => c.memoryReservationPolicy === 'TieredReservation' && 'memoryReservationPolicy "TieredReservation" requires MemoryQoS feature gate to be enabled',
  oneOf(
    'memoryReservationPolicy',
    ['None', 'TieredReservation'],
    (value) => `option ${quote(value)} specified for memoryReservationPolicy. Valid options are "None" or "TieredReservation"`,
  ),
  (c) => c.enableSystemLogQuery && !c.enableSystemLogHandler && 'enableSystemLogHandler is required for enableSystemLogQuery',
  (c) => c.containerLogMaxWorkers < 1 && 'containerLogMaxWorkers must be greater than or equal to 1',
  (c) => ms(c.containerLogMonitorInterval) < 3000 && 'containerLogMonitorInterval must be a positive time duration greater than or equal to 3s',
  (c) => c.containerLogMaxFiles <= 1 && 'containerLogMaxFiles must be greater than 1',
  (c) => normalize(c.podLogsDir) !== c.podLogsDir && `pod logs path ${quote(c.podLogsDir)} must be normalized`,
  (c) => /[^\0-\x7f]/.test(c.podLogsDir) && `pod logs path ${quote(c.podLogsDir)} mut contains ASCII characters only`,
]

/** What upstream's kubelet finds when its parts start. */
const later: readonly Check[] = [
  (c) => !c.podLogsDir.startsWith('/') && `pod logs path ${quote(c.podLogsDir)} must be absolute path`,
  (c) => optionError(() => topologyOptions(c.topologyManagerPolicyOptions)),
  tlsErrors,
  oneOf('cpuManagerPolicy', ['none', 'static'], (value) => `unknown policy: ${quote(value)}`),
  (c) =>
    c.cpuManagerPolicy === 'static'
      ? optionError(() => cpuOptions(c.cpuManagerPolicyOptions))
      : Object.keys(c.cpuManagerPolicyOptions ?? {}).length > 0 &&
        `None policy: received unsupported options=map[${Object.entries(c.cpuManagerPolicyOptions ?? {})
          .map((each) => each.join(':'))
          .join(' ')}]`,
  oneOf('memoryManagerPolicy', memoryPolicies, (value) => `unknown policy: ${quote(value)}`),
  (c) =>
    !isQuantity(c.containerLogMaxSize) &&
    `failed to parse container log max size ${quote(c.containerLogMaxSize)}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
  (c) =>
    [c.systemReserved, c.kubeReserved].flatMap((reserved) =>
      Object.entries(reserved ?? {}).map(([name, quantity]) => {
        if (!['cpu', 'memory', 'ephemeral-storage', 'pid'].includes(name)) return `cannot reserve ${quote(name)} resource`
        return (!isQuantity(quantity) || quantity.startsWith('-')) && `failed to parse quantity ${quote(quantity)} for ${quote(name)} resource`
      }),
    ),
]

/** Each node's memory and huge pages once, and not for nothing. */
function memoryReservationErrors({ reservedMemory = [] }: CompleteConfiguration): (string | false)[] {
  const seen = new Set<string>()
  return reservedMemory.flatMap(({ numaNode, limits }) =>
    Object.entries(limits).flatMap(([resource, quantity]) => {
      const key = `${numaNode}/${resource}`
      const isTwice = seen.has(key)
      seen.add(key)
      return [
        !isMemory(resource) &&
          `the limit type ${quote(resource)} for NUMA node ${numaNode} is not supported, only [memory hugepages-<HugePageSize>] is accepted`,
        Quantity.parse(quantity).isZero() && `reserved memory may not be zero for NUMA node ${numaNode} and resource ${quote(resource)}`,
        isTwice && `the reserved memory has a duplicate value for NUMA node ${numaNode} and resource ${quote(resource)}`,
      ]
    }),
  )
}

/** What reading it throws, as an error of the configuration. */
function optionError(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function enforcementErrors(c: CompleteConfiguration): (string | false)[] {
  const all = c.enforceNodeAllocatable
  const both = (a: string, b: string) =>
    all.includes(a) && all.includes(b) && `both ${quote(a)} and ${quote(b)} cannot be specified together in enforceNodeAllocatable (--enforce-node-allocatable)`
  const errors = [both('system-reserved', 'system-reserved-compressible'), both('kube-reserved', 'kube-reserved-compressible')]
  const seen = new Set<string>()
  for (const value of all) {
    if (seen.has(value)) {
      errors.push(`duplicated enforcements ${quote(value)} in enforceNodeAllocatable (--enforce-node-allocatable)`)
      continue
    }
    seen.add(value)
    if (!enforcements.includes(value)) {
      errors.push(
        `option ${quote(value)} specified for enforceNodeAllocatable (--enforce-node-allocatable). Valid options are ${enforcements.slice(0, 5).map(quote).join(', ')} or "none"`,
      )
      continue
    }
    if (value === 'none') {
      errors.push(all.length > 1 && 'enforceNodeAllocatable (--enforce-node-allocatable) may not contain additional enforcements when "none" is specified')
      continue
    }
    for (const [owner, group] of [
      ['system', c.systemReservedCgroup],
      ['kube', c.kubeReservedCgroup],
    ] as const) {
      if (value.startsWith(`${owner}-`) && !group) {
        errors.push(
          `${owner}ReservedCgroup (--${owner}-reserved-cgroup) must be specified when "${owner}-reserved" or "${owner}-reserved-compressible" included in enforceNodeAllocatable (--enforce-node-allocatable)`,
        )
      }
    }
    if (!c.cgroupsPerQOS)
      errors.push(`cgroupsPerQOS (--cgroups-per-qos) must be set to true when ${quote(value)} contained in enforceNodeAllocatable (--enforce-node-allocatable)`)
  }
  return errors
}

/** Go's cpuset.Parse, as far as its errors go. */
function cpuSetError(text: string): string | undefined {
  for (const range of text === '' ? [] : text.split(',')) {
    const ends = range.split('-', 2)
    const wrong = ends.find((each) => !/^[+-]?\d+$/.test(each))
    if (wrong !== undefined) return `strconv.Atoi: parsing ${quote(wrong)}: invalid syntax`
    if (Number(ends[0]) > Number(ends[1] ?? ends[0])) return `invalid range ${quote(range)} (${ends[0]} > ${ends[1]})`
  }
  return undefined
}

/** Every error, each once and with its field; empty when the kubelet may start. */
export function validateConfiguration(configuration: CompleteConfiguration): string[] {
  const run = (all: readonly Check[]) => {
    const found = all.flatMap((check) => check(configuration)).filter((each): each is string => typeof each === 'string' && each !== '')
    return [...new Set(found.map((each) => (each.startsWith(whole) ? each.slice(whole.length) : `invalid configuration: ${each}`)))]
  }
  const errors = run(checks)
  return errors.length > 0 ? errors : run(later)
}
