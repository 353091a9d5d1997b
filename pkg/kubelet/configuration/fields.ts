/** The fields of KubeletConfiguration kubelet.config.k8s.io/v1beta1 (1.36) as data: decoding, merging and /configz go by it. */

export const fields = {
  enableServer: 'bool',
  staticPodPath: 'string',
  podLogsDir: 'string',
  syncFrequency: 'duration',
  fileCheckFrequency: 'duration',
  httpCheckFrequency: 'duration',
  staticPodURL: 'string',
  staticPodURLHeader: 'headers',
  address: 'string',
  port: 'int32',
  readOnlyPort: 'int32',
  tlsCertFile: 'string',
  tlsPrivateKeyFile: 'string',
  tlsCipherSuites: 'strings',
  tlsCurvePreferences: 'ints',
  tlsMinVersion: 'string',
  rotateCertificates: 'bool',
  serverTLSBootstrap: 'bool',
  authentication: {
    x509: { clientCAFile: 'string' },
    webhook: { enabled: 'bool', cacheTTL: 'duration' },
    anonymous: { enabled: 'bool' },
  },
  authorization: { mode: 'string', webhook: { cacheAuthorizedTTL: 'duration', cacheUnauthorizedTTL: 'duration' } },
  registryPullQPS: 'int32',
  registryBurst: 'int32',
  imagePullCredentialsVerificationPolicy: 'string',
  preloadedImagesVerificationAllowlist: 'strings',
  eventRecordQPS: 'int32',
  eventBurst: 'int32',
  enableDebuggingHandlers: 'bool',
  enableContentionProfiling: 'bool',
  healthzPort: 'int32',
  healthzBindAddress: 'string',
  oomScoreAdj: 'int32',
  clusterDomain: 'string',
  clusterDNS: 'strings',
  streamingConnectionIdleTimeout: 'duration',
  nodeStatusUpdateFrequency: 'duration',
  nodeStatusReportFrequency: 'duration',
  nodeLeaseDurationSeconds: 'int32',
  imageMinimumGCAge: 'duration',
  imageMaximumGCAge: 'duration',
  imageGCHighThresholdPercent: 'int32',
  imageGCLowThresholdPercent: 'int32',
  volumeStatsAggPeriod: 'duration',
  kubeletCgroups: 'string',
  systemCgroups: 'string',
  cgroupRoot: 'string',
  cgroupsPerQOS: 'bool',
  cgroupDriver: 'string',
  cpuManagerPolicy: 'string',
  singleProcessOOMKill: 'bool',
  cpuManagerPolicyOptions: 'map',
  cpuManagerReconcilePeriod: 'duration',
  memoryManagerPolicy: 'string',
  topologyManagerPolicy: 'string',
  topologyManagerScope: 'string',
  topologyManagerPolicyOptions: 'map',
  qosReserved: 'map',
  runtimeRequestTimeout: 'duration',
  hairpinMode: 'string',
  maxPods: 'int32',
  podCIDR: 'string',
  podPidsLimit: 'int64',
  resolvConf: 'string',
  runOnce: 'bool',
  cpuCFSQuota: 'bool',
  cpuCFSQuotaPeriod: 'duration',
  nodeStatusMaxImages: 'int32',
  maxOpenFiles: 'int64',
  contentType: 'string',
  kubeAPIQPS: 'int32',
  kubeAPIBurst: 'int32',
  serializeImagePulls: 'bool',
  maxParallelImagePulls: 'int32',
  evictionHard: 'map',
  evictionSoft: 'map',
  evictionSoftGracePeriod: 'map',
  evictionPressureTransitionPeriod: 'duration',
  evictionMaxPodGracePeriod: 'int32',
  evictionMinimumReclaim: 'map',
  mergeDefaultEvictionSettings: 'bool',
  podsPerCore: 'int32',
  enableControllerAttachDetach: 'bool',
  protectKernelDefaults: 'bool',
  makeIPTablesUtilChains: 'bool',
  iptablesMasqueradeBit: 'int32',
  iptablesDropBit: 'int32',
  featureGates: 'boolMap',
  failSwapOn: 'bool',
  memorySwap: { swapBehavior: 'string' },
  containerLogMaxSize: 'string',
  containerLogMaxFiles: 'int32',
  containerLogMaxWorkers: 'int32',
  containerLogMonitorInterval: 'duration',
  configMapAndSecretChangeDetectionStrategy: 'string',
  systemReserved: 'map',
  kubeReserved: 'map',
  reservedSystemCPUs: 'string',
  showHiddenMetricsForVersion: 'string',
  systemReservedCgroup: 'string',
  kubeReservedCgroup: 'string',
  enforceNodeAllocatable: 'strings',
  allowedUnsafeSysctls: 'strings',
  volumePluginDir: 'string',
  providerID: 'string',
  kernelMemcgNotification: 'bool',
  logging: 'object',
  enableSystemLogHandler: 'bool',
  enableSystemLogQuery: 'bool',
  shutdownGracePeriod: 'duration',
  shutdownGracePeriodCriticalPods: 'duration',
  shutdownGracePeriodByPodPriority: 'shutdownPeriods',
  crashLoopBackOff: { maxContainerRestartPeriod: 'duration' },
  reservedMemory: 'memoryReservations',
  enableProfilingHandler: 'bool',
  enableDebugFlagsHandler: 'bool',
  seccompDefault: 'bool',
  memoryThrottlingFactor: 'float64',
  memoryReservationPolicy: 'string',
  registerWithTaints: 'taints',
  registerNode: 'bool',
  tracing: 'object',
  localStorageCapacityIsolation: 'bool',
  containerRuntimeEndpoint: 'string',
  imageServiceEndpoint: 'string',
  failCgroupV1: 'bool',
  userNamespaces: { idsPerPod: 'int64' },
} as const

export interface ConfiguredTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}
export interface ShutdownPeriod {
  readonly priority: number
  readonly shutdownGracePeriodSeconds: number
}

export interface MemoryReservation {
  readonly numaNode: number
  readonly limits: Readonly<Record<string, string>>
}

interface Kinds {
  readonly bool: boolean
  readonly string: string
  readonly int32: number
  readonly int64: number
  readonly float64: number
  /** As Go writes it: "1m0s". */
  readonly duration: string
  readonly strings: readonly string[]
  readonly ints: readonly number[]
  readonly map: Readonly<Record<string, string>>
  readonly boolMap: Readonly<Record<string, boolean>>
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly object: Readonly<Record<string, unknown>>
  readonly memoryReservations: readonly MemoryReservation[]
  readonly taints: readonly ConfiguredTaint[]
  readonly shutdownPeriods: readonly ShutdownPeriod[]
}
export type FieldKind = keyof Kinds
export type FieldTable = { readonly [name: string]: FieldKind | FieldTable }

type ValueOf<F> = F extends FieldKind ? Kinds[F] : { readonly [K in keyof F]?: ValueOf<F[K]> }

/** What a file may say; nothing is required. */
export type KubeletConfiguration = ValueOf<typeof fields>
