/** KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), as far as it is written in files. */
export interface PluginRef {
  readonly name: string
  readonly weight?: number
}

export interface PluginSet {
  readonly enabled?: readonly PluginRef[]
  readonly disabled?: readonly PluginRef[]
}

export interface ProfileConfiguration {
  readonly schedulerName?: string
  readonly percentageOfNodesToScore?: number
  readonly plugins?: Readonly<Record<string, PluginSet>>
  readonly pluginConfig?: readonly { readonly name: string; readonly args?: any }[]
}

export interface SchedulerConfiguration {
  readonly apiVersion?: string
  readonly kind?: string
  readonly parallelism?: number
  readonly leaderElection?: { readonly leaderElect?: boolean; readonly resourceLock?: string; readonly leaseDuration?: string; readonly renewDeadline?: string }
  readonly percentageOfNodesToScore?: number
  readonly podInitialBackoffSeconds?: number
  readonly podMaxBackoffSeconds?: number
  readonly profiles?: readonly ProfileConfiguration[]
  readonly extenders?: readonly any[]
}
