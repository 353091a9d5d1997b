/** Upstream's defaults of a KubeletConfiguration (v1beta1 SetDefaults_KubeletConfiguration and the eviction defaults on Linux). */
import { parseGoDuration } from '#apimachinery/go-duration.ts'
import type { KubeletConfiguration } from './fields.ts'

export const defaultEvictionHard = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
} as const

const constant = {
  enableServer: true,
  podLogsDir: '/var/log/pods',
  syncFrequency: '1m0s',
  fileCheckFrequency: '20s',
  httpCheckFrequency: '20s',
  address: '0.0.0.0',
  port: 10250,
  registryPullQPS: 5,
  registryBurst: 10,
  imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages',
  eventRecordQPS: 50,
  eventBurst: 100,
  enableDebuggingHandlers: true,
  healthzPort: 10248,
  healthzBindAddress: '127.0.0.1',
  oomScoreAdj: -999,
  streamingConnectionIdleTimeout: '4h0m0s',
  nodeLeaseDurationSeconds: 40,
  imageMinimumGCAge: '2m0s',
  imageMaximumGCAge: '0s',
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  volumeStatsAggPeriod: '1m0s',
  cgroupsPerQOS: true,
  cgroupDriver: 'cgroupfs',
  cpuManagerPolicy: 'none',
  cpuManagerReconcilePeriod: '10s',
  memoryManagerPolicy: 'None',
  topologyManagerPolicy: 'none',
  topologyManagerScope: 'container',
  runtimeRequestTimeout: '2m0s',
  hairpinMode: 'promiscuous-bridge',
  maxPods: 110,
  resolvConf: '/etc/resolv.conf',
  cpuCFSQuota: true,
  cpuCFSQuotaPeriod: '100ms',
  nodeStatusMaxImages: 50,
  maxOpenFiles: 1_000_000,
  contentType: 'application/vnd.kubernetes.protobuf',
  kubeAPIQPS: 50,
  kubeAPIBurst: 100,
  evictionPressureTransitionPeriod: '5m0s',
  mergeDefaultEvictionSettings: false,
  enableControllerAttachDetach: true,
  makeIPTablesUtilChains: true,
  iptablesMasqueradeBit: 14,
  iptablesDropBit: 15,
  failSwapOn: true,
  containerLogMaxSize: '10Mi',
  containerLogMaxFiles: 5,
  containerLogMaxWorkers: 1,
  containerLogMonitorInterval: '10s',
  configMapAndSecretChangeDetectionStrategy: 'Watch',
  enforceNodeAllocatable: ['pods'],
  volumePluginDir: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
  enableSystemLogHandler: true,
  shutdownGracePeriod: '0s',
  shutdownGracePeriodCriticalPods: '0s',
  enableProfilingHandler: true,
  enableDebugFlagsHandler: true,
  seccompDefault: false,
  failCgroupV1: true,
  memoryThrottlingFactor: 0.9,
  memoryReservationPolicy: 'None',
  registerNode: true,
  localStorageCapacityIsolation: true,
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
} as const satisfies KubeletConfiguration

type Widened<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends number ? number : T[K] extends boolean ? boolean : T[K] }
type Always = Widened<Omit<typeof constant, 'enforceNodeAllocatable'>> & {
  readonly enforceNodeAllocatable: readonly string[]
  readonly authentication: {
    readonly x509: { readonly clientCAFile?: string }
    readonly webhook: { readonly enabled: boolean; readonly cacheTTL: string }
    readonly anonymous: { readonly enabled: boolean }
  }
  readonly authorization: { readonly mode: string; readonly webhook: { readonly cacheAuthorizedTTL: string; readonly cacheUnauthorizedTTL: string } }
  readonly nodeStatusUpdateFrequency: string
  readonly nodeStatusReportFrequency: string
  readonly podPidsLimit: number
  readonly serializeImagePulls: boolean
  readonly crashLoopBackOff: { readonly maxContainerRestartPeriod: string }
  readonly evictionHard: Readonly<Record<string, string>>
}
/** With every default filled in. */
export type CompleteConfiguration = Always & Omit<KubeletConfiguration, keyof Always>

/** A zero is taken for unset where upstream's Go types cannot tell them apart; what only a pointer can tell stays. */
const zeroCounts: ReadonlySet<string> = new Set([
  'registryPullQPS',
  'eventRecordQPS',
  'kubeAPIQPS',
  'healthzPort',
  'oomScoreAdj',
  'imageGCHighThresholdPercent',
  'imageGCLowThresholdPercent',
  'nodeStatusMaxImages',
  'iptablesMasqueradeBit',
  'iptablesDropBit',
  'containerLogMaxFiles',
  'containerLogMaxWorkers',
  'memoryThrottlingFactor',
  'cpuCFSQuotaPeriod',
  'containerLogMonitorInterval',
  'resolvConf',
  'maxParallelImagePulls',
])

function isUnset(name: string, value: unknown): boolean {
  if (value === undefined) return true
  if (zeroCounts.has(name)) return false
  return value === 0 || value === '' || (typeof value === 'string' && /^0s$/.test(value))
}

export function withDefaults(given: KubeletConfiguration): CompleteConfiguration {
  const set = Object.fromEntries(Object.entries(given).filter(([name, value]) => !isUnset(name, value))) as KubeletConfiguration
  const { authentication, authorization, maxParallelImagePulls } = set
  const orElse = (text: string | undefined, fallback: string) => (text === undefined || text === '0s' ? fallback : text)
  const update = set.nodeStatusUpdateFrequency
  const hard = set.evictionHard
  return {
    ...constant,
    ...set,
    authentication: {
      x509: { ...authentication?.x509 },
      webhook: { enabled: authentication?.webhook?.enabled ?? true, cacheTTL: orElse(authentication?.webhook?.cacheTTL, '2m0s') },
      anonymous: { enabled: authentication?.anonymous?.enabled ?? false },
    },
    authorization: {
      mode: authorization?.mode || 'Webhook',
      webhook: {
        cacheAuthorizedTTL: orElse(authorization?.webhook?.cacheAuthorizedTTL, '5m0s'),
        cacheUnauthorizedTTL: orElse(authorization?.webhook?.cacheUnauthorizedTTL, '30s'),
      },
    },
    nodeStatusUpdateFrequency: update ?? '10s',
    nodeStatusReportFrequency: set.nodeStatusReportFrequency ?? update ?? '5m0s',
    podPidsLimit: set.podPidsLimit === undefined || set.podPidsLimit < 0 ? -1 : set.podPidsLimit,
    serializeImagePulls: set.serializeImagePulls ?? (maxParallelImagePulls === undefined || maxParallelImagePulls < 2),
    crashLoopBackOff: { maxContainerRestartPeriod: set.crashLoopBackOff?.maxContainerRestartPeriod ?? '5m0s' },
    // Those who name some signals get only these, unless they ask for the rest as well.
    evictionHard: hard === undefined ? defaultEvictionHard : set.mergeDefaultEvictionSettings ? { ...defaultEvictionHard, ...hard } : hard,
  }
}

/** Milliseconds of a field that decoding has found to be a duration. */
export const ms = (duration: string): number => Number(parseGoDuration(duration) / 1_000_000n)
