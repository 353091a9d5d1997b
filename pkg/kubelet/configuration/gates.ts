/** Every feature gate of kubelet 1.36.1, with the stage it is in, what it is by default, and whether that can be changed. */

export type Stage = 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED'

interface Group {
  readonly stage: Stage
  readonly isOn: boolean
  readonly isLocked: boolean
  readonly names: string
}

const groups: readonly Group[] = [
  {
    stage: 'ALPHA',
    isOn: false,
    isLocked: false,
    names:
      'APIServingWithRoutine AllAlpha AllowUnsafeMalformedObjectDeletion CBORServingAndStorage CPUManagerPolicyAlphaOptions CRIListStreaming ' +
      'CSIVolumeHealth ClientsAllowCBOR ClientsPreferCBOR CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ' +
      'ContainerStopSignals ControllerManagerReleaseLeaderElectionLockOnExit CrossNamespaceVolumeDataSource DRAListTypeAttributes ' +
      'DRANodeAllocatableResources DRAResourcePoolStatus DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload HPAScaleToZero ' +
      'ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory KubeletInUserNamespace ' +
      'LoggingAlphaOptions ManifestBasedAdmissionControlConfig MemoryQoS MutablePVNodeAffinity NativeHistograms ' +
      'PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI QOSReserved ' +
      'ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriApi ShardedListAndWatch StorageCapacityScoring StorageVersionAPI ' +
      'TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions UserNamespacesHostNetworkSupport ' +
      'VolumeLimitScaling WindowsCPUAndMemoryAffinity WorkloadAwarePreemption WorkloadWithJob',
  },
  {
    stage: 'BETA',
    isOn: false,
    isLocked: false,
    names:
      'AllBeta ClusterTrustBundle ClusterTrustBundleProjection ConcurrentWatchObjectDecode CoordinatedLeaderElection DRADeviceTaintRules ' +
      'LocalStorageCapacityIsolationFSQuotaMonitoring MaxUnavailableStatefulSet PodCertificateRequest SELinuxMount SchedulerAsyncAPICalls ' +
      'StorageVersionMigrator',
  },
  {
    stage: 'BETA',
    isOn: true,
    isLocked: false,
    names:
      'APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth AtomicFIFO AuthorizePodWebsocketUpgradeCreatePermission ' +
      'CPUManagerPolicyBetaOptions CRDObservedGenerationTracking ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation ' +
      'ClientsAllowTLSCacheGC ComponentFlagz ComponentStatusz ConstrainedImpersonation ContainerCheckpoint ContainerRestartRules ContextualLogging ' +
      'DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource DRAPartitionableDevices DRAResourceClaimDeviceStatus ' +
      'DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas ' +
      'DetectCacheInconsistency EnvFiles ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority ' +
      'HPAConfigurableTolerance HostnameOverride InOrderInformersBatchProcess InPlacePodLevelResourcesVerticalScaling ' +
      'InPlacePodVerticalScalingInitContainers KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletSeparateDiskGC ' +
      'KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions MatchLabelKeysInPodTopologySpread ' +
      'MatchLabelKeysInPodTopologySpreadSelectorMerge MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs ' +
      'NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching PLEGOnDemandRelist PodDeletionCost PodLevelResources ' +
      'PodReadyToStartContainersCondition PodTopologyLabelsAdmission PortForwardWebsockets PreventStaticPodAPIReferences ' +
      'RelaxedServiceNameValidation ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus ' +
      'ResourceHealthStatusMessage RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption ' +
      'SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate StaleControllerConsistencyDaemonSet ' +
      'StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet ' +
      'StatefulSetSemanticRevisionComparison StorageVersionHash StrictIPCIDRValidation StructuredAuthenticationConfigurationEgressSelector ' +
      'StructuredAuthenticationConfigurationJWKSMetrics TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions ' +
      'TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy UnlockWhileProcessingFIFO ' +
      'WatchCacheInitializationPostStartHook WatchList WatchListClient WindowsGracefulNodeShutdown',
  },
  {
    stage: 'GA',
    isOn: true,
    isLocked: true,
    names:
      'APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache ' +
      'CPUManagerPolicyOptions CRDValidationRatcheting CSIServiceAccountTokenSecrets ConsistentListFromCache CustomResourceFieldSelectors ' +
      'DRAAdminAccess DeclarativeValidation DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner ' +
      'ImageMaximumGCAge ImageVolume InOrderInformers InPlacePodVerticalScaling JobBackoffLimitPerIndex JobManagedBy JobPodReplacementPolicy ' +
      'JobSuccessPolicy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet ' +
      'KubeletTracing LogarithmicScaleDown MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode ' +
      'NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap OrderedNamespaceDeletion PodLifecycleSleepAction ' +
      'PodLifecycleSleepActionAllowZero PodObservedGenerationTracking PodSchedulingReadiness PreferSameTrafficDistribution ProcMountType ' +
      'RecoverVolumeExpansionFailure RecursiveReadOnlyMounts RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ' +
      'ResilientWatchCacheInitialization RetryGenerateName SELinuxChangePolicy SELinuxMountReadWriteOncePod SchedulerQueueingHints ' +
      'SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ' +
      'ServiceAccountTokenPodNodeInfo SidecarContainers StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf ' +
      'StructuredAuthenticationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyManagerPolicyOptions UserNamespacesSupport ' +
      'VolumeAttributesClass WinDSR WinOverlay',
  },
  {
    stage: 'GA',
    isOn: true,
    isLocked: false,
    names: 'AllowServiceExternalIPs CustomCPUCFSQuotaPeriod DRAPrioritizedList InformerResourceVersion MutatingAdmissionPolicy',
  },
  {
    stage: 'DEPRECATED',
    isOn: false,
    isLocked: true,
    names: 'AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC',
  },
  {
    stage: 'DEPRECATED',
    isOn: false,
    isLocked: false,
    names:
      'AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ChangeContainerStatusOnKubeletRestart DeclarativeValidationTakeover KMSv1 ' +
      'KubeletRegistrationGetOnExistsOnly WindowsHostNetwork',
  },
  {
    stage: 'DEPRECATED',
    isOn: true,
    isLocked: true,
    names: 'AggregatedDiscoveryRemoveBetaType DisableNodeKubeProxyVersion',
  },
  {
    stage: 'DEPRECATED',
    isOn: true,
    isLocked: false,
    names: 'DisableCPUQuotaWithExclusiveCPUs KubeletPodResourcesListUseActivePods ServiceCIDRStatusFieldWiping StorageNamespaceIndex',
  },
]

export interface FeatureGate {
  readonly stage: Stage
  readonly isOn: boolean
  readonly isLocked: boolean
}

export const featureGates: ReadonlyMap<string, FeatureGate> = new Map(
  groups.flatMap(({ names, ...gate }) => names.split(' ').map((name): [string, FeatureGate] => [name, gate])),
)

/** Those that change what a kubelet on Linux does. The others are of other components, which are often given one list for all. */
export const ofKubelet: ReadonlySet<string> = new Set(
  (
    'AllAlpha AllBeta AllowDNSOnlyNodeCSR CPUManagerPolicyAlphaOptions CPUManagerPolicyBetaOptions CRIListStreaming CSIVolumeHealth ' +
    'ChangeContainerStatusOnKubeletRestart ClientsAllowCBOR ClientsPreferCBOR ClusterTrustBundleProjection ComponentFlagz ComponentStatusz ' +
    'ContainerCheckpoint ContainerRestartRules ContainerStopSignals DRAExtendedResource DRAWorkloadResourceClaims ' +
    'DisableCPUQuotaWithExclusiveCPUs EnvFiles EventedPLEG ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority ' +
    'HostnameOverride ImageVolumeWithDigest InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingExclusiveCPUs ' +
    'InPlacePodVerticalScalingExclusiveMemory InPlacePodVerticalScalingInitContainers KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages ' +
    'KubeletInUserNamespace KubeletPodResourcesListUseActivePods KubeletRegistrationGetOnExistsOnly KubeletSeparateDiskGC ' +
    'KubeletServiceAccountTokenForCredentialProviders LocalStorageCapacityIsolationFSQuotaMonitoring MemoryQoS NodeDeclaredFeatures NodeLogQuery ' +
    'PLEGOnDemandRelist PodAndContainerStatsFromCRI PodCertificateRequest PodLevelResourceManagers PodLevelResources PodLogsQuerySplitStreams ' +
    'PodReadyToStartContainersCondition PodsAPI PreventStaticPodAPIReferences QOSReserved ReduceDefaultCrashLoopBackOffDecay ' +
    'ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile ResourceHealthStatus ResourceHealthStatusMessage ' +
    'RestartAllContainersOnContainerExits RotateKubeletServerCertificate SELinuxMount TaintTolerationComparisonOperators ' +
    'TopologyManagerPolicyAlphaOptions TopologyManagerPolicyBetaOptions WatchListClient'
  ).split(' '),
)
