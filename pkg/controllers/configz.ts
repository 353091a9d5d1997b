/**
 * What kube-controller-manager shows at /configz: its KubeControllerManagerConfiguration, fields as the internal type of upstream names
 * them, with the values that the flags give.
 */
import { formatGoDuration, parseGoDuration } from '#apimachinery/go-duration.ts'

export interface ConfigzInput {
  /** By name, as `controllerManagerFlagValues` answers them. */
  readonly flags: Readonly<Record<string, string>>
  readonly leaderElect: boolean
  readonly clusterCidr: string
  readonly serviceCidr: string
}

export const configzName = 'kubecontrollermanager.config.k8s.io'

export function controllerManagerConfigz({ flags, leaderElect, clusterCidr, serviceCidr }: ConfigzInput): object {
  const number = (name: string): number => Number(flags[name] || 0)
  const duration = (name: string): string => formatGoDuration(parseGoDuration(flags[name] ?? '0s'))
  const is = (name: string): boolean => /^[1tT]/.test(flags[name] ?? '')
  const files = (name: string): object => ({ CertFile: flags[`${name}-cert-file`], KeyFile: flags[`${name}-key-file`] })
  const [serviceRange = '', secondaryServiceRange = ''] = serviceCidr.split(',')
  return {
    kind: 'KubeControllerManagerConfiguration',
    apiVersion: `${configzName}/v1alpha1`,
    Generic: {
      Port: 0,
      Address: '0.0.0.0',
      MinResyncPeriod: duration('min-resync-period'),
      ClientConnection: {
        kubeconfig: '',
        acceptContentTypes: '',
        contentType: 'application/json',
        qps: number('kube-api-qps'),
        burst: number('kube-api-burst'),
      },
      ControllerStartInterval: duration('controller-start-interval'),
      LeaderElection: {
        leaderElect,
        leaseDuration: duration('leader-elect-lease-duration'),
        renewDeadline: duration('leader-elect-renew-deadline'),
        retryPeriod: duration('leader-elect-retry-period'),
        resourceLock: 'leases',
        resourceName: flags['leader-elect-resource-name'],
        resourceNamespace: flags['leader-elect-resource-namespace'],
      },
      Controllers: (flags.controllers || '*').split(','),
      Debugging: { enableProfiling: false, enableContentionProfiling: false },
      LeaderMigrationEnabled: false,
      LeaderMigration: { leaderName: '', resourceLock: '', controllerLeaders: null },
    },
    KubeCloudShared: {
      CloudProvider: { Name: '', CloudConfigFile: '' },
      ExternalCloudVolumePlugin: '',
      UseServiceAccountCredentials: true,
      AllowUntaggedCloud: false,
      RouteReconciliationPeriod: '10s',
      NodeMonitorPeriod: duration('node-monitor-period'),
      ClusterName: 'kubernetes',
      ClusterCIDR: clusterCidr,
      AllocateNodeCIDRs: is('allocate-node-cidrs'),
      CIDRAllocatorType: 'RangeAllocator',
      ConfigureCloudRoutes: true,
      NodeSyncPeriod: '0s',
    },
    AttachDetachController: {
      DisableAttachDetachReconcilerSync: false,
      ReconcilerSyncLoopPeriod: '1m0s',
      disableForceDetachOnTimeout: is('disable-force-detach-on-timeout'),
    },
    CSRSigningController: {
      ClusterSigningCertFile: flags['cluster-signing-cert-file'],
      ClusterSigningKeyFile: flags['cluster-signing-key-file'],
      KubeletServingSignerConfiguration: files('cluster-signing-kubelet-serving'),
      KubeletClientSignerConfiguration: files('cluster-signing-kubelet-client'),
      KubeAPIServerClientSignerConfiguration: files('cluster-signing-kube-apiserver-client'),
      LegacyUnknownSignerConfiguration: files('cluster-signing-legacy-unknown'),
      ClusterSigningDuration: duration('cluster-signing-duration'),
    },
    DaemonSetController: { ConcurrentDaemonSetSyncs: number('concurrent-daemonset-syncs') },
    DeploymentController: { ConcurrentDeploymentSyncs: number('concurrent-deployment-syncs') },
    StatefulSetController: { ConcurrentStatefulSetSyncs: number('concurrent-statefulset-syncs') },
    DeprecatedController: {},
    EndpointController: {
      ConcurrentEndpointSyncs: number('concurrent-endpoint-syncs'),
      EndpointUpdatesBatchPeriod: duration('endpoint-updates-batch-period'),
    },
    EndpointSliceController: {
      ConcurrentServiceEndpointSyncs: number('concurrent-service-endpoint-syncs'),
      MaxEndpointsPerSlice: number('max-endpoints-per-slice'),
      EndpointUpdatesBatchPeriod: duration('endpointslice-updates-batch-period'),
    },
    EndpointSliceMirroringController: {
      MirroringConcurrentServiceEndpointSyncs: number('mirroring-concurrent-service-endpoint-syncs'),
      MirroringMaxEndpointsPerSubset: number('mirroring-max-endpoints-per-subset'),
      MirroringEndpointUpdatesBatchPeriod: duration('mirroring-endpointslice-updates-batch-period'),
    },
    EphemeralVolumeController: { ConcurrentEphemeralVolumeSyncs: number('concurrent-ephemeralvolume-syncs') },
    GarbageCollectorController: {
      EnableGarbageCollector: is('enable-garbage-collector'),
      ConcurrentGCSyncs: number('concurrent-gc-syncs'),
      GCIgnoredResources: [
        { Group: '', Resource: 'events' },
        { Group: 'events.k8s.io', Resource: 'events' },
      ],
    },
    HPAController: {
      ConcurrentHorizontalPodAutoscalerSyncs: number('concurrent-horizontal-pod-autoscaler-syncs'),
      HorizontalPodAutoscalerSyncPeriod: duration('horizontal-pod-autoscaler-sync-period'),
      HorizontalPodAutoscalerDownscaleStabilizationWindow: duration('horizontal-pod-autoscaler-downscale-stabilization'),
      HorizontalPodAutoscalerTolerance: number('horizontal-pod-autoscaler-tolerance'),
      HorizontalPodAutoscalerCPUInitializationPeriod: duration('horizontal-pod-autoscaler-cpu-initialization-period'),
      HorizontalPodAutoscalerInitialReadinessDelay: duration('horizontal-pod-autoscaler-initial-readiness-delay'),
    },
    JobController: { ConcurrentJobSyncs: number('concurrent-job-syncs') },
    CronJobController: { ConcurrentCronJobSyncs: number('concurrent-cron-job-syncs') },
    LegacySATokenCleaner: { CleanUpPeriod: duration('legacy-service-account-token-clean-up-period') },
    NamespaceController: { NamespaceSyncPeriod: duration('namespace-sync-period'), ConcurrentNamespaceSyncs: number('concurrent-namespace-syncs') },
    NodeIPAMController: {
      ServiceCIDR: serviceRange,
      SecondaryServiceCIDR: secondaryServiceRange,
      NodeCIDRMaskSize: number('node-cidr-mask-size'),
      NodeCIDRMaskSizeIPv4: number('node-cidr-mask-size-ipv4'),
      NodeCIDRMaskSizeIPv6: number('node-cidr-mask-size-ipv6'),
    },
    NodeLifecycleController: {
      NodeEvictionRate: number('node-eviction-rate'),
      SecondaryNodeEvictionRate: number('secondary-node-eviction-rate'),
      NodeStartupGracePeriod: duration('node-startup-grace-period'),
      NodeMonitorGracePeriod: duration('node-monitor-grace-period'),
      PodEvictionTimeout: '0s',
      LargeClusterSizeThreshold: number('large-cluster-size-threshold'),
      UnhealthyZoneThreshold: number('unhealthy-zone-threshold'),
    },
    PersistentVolumeBinderController: {
      PVClaimBinderSyncPeriod: duration('pvclaimbinder-sync-period'),
      VolumeConfiguration: {
        EnableHostPathProvisioning: false,
        EnableDynamicProvisioning: is('enable-dynamic-provisioning'),
        PersistentVolumeRecyclerConfiguration: {
          MaximumRetry: 3,
          MinimumTimeoutNFS: 300,
          PodTemplateFilePathNFS: '',
          IncrementTimeoutNFS: 30,
          PodTemplateFilePathHostPath: '',
          MinimumTimeoutHostPath: 60,
          IncrementTimeoutHostPath: 30,
        },
        FlexVolumePluginDir: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
      },
    },
    PodGCController: { TerminatedPodGCThreshold: number('terminated-pod-gc-threshold') },
    ReplicaSetController: { ConcurrentRSSyncs: number('concurrent-replicaset-syncs') },
    ReplicationController: { ConcurrentRCSyncs: number('concurrent-rc-syncs') },
    ResourceQuotaController: {
      ResourceQuotaSyncPeriod: duration('resource-quota-sync-period'),
      ConcurrentResourceQuotaSyncs: number('concurrent-resource-quota-syncs'),
    },
    SAController: { ServiceAccountKeyFile: '', ConcurrentSATokenSyncs: number('concurrent-serviceaccount-token-syncs'), RootCAFile: '' },
    ServiceController: { ConcurrentServiceSyncs: 1 },
    TTLAfterFinishedController: { ConcurrentTTLSyncs: number('concurrent-ttl-after-finished-syncs') },
    ValidatingAdmissionPolicyStatusController: { ConcurrentPolicySyncs: number('concurrent-validating-admission-policy-status-syncs') },
    DeviceTaintEvictionController: { ConcurrentSyncs: number('concurrent-device-taint-eviction-syncs') },
    ResourceClaimController: { ConcurrentSyncs: number('concurrent-resourceclaim-syncs') },
  }
}
