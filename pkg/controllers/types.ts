/** What the controllers are configured by; each takes what concerns it (kube-controller-manager's flags). */
import type { AutoscalerSettings } from './horizontal-pod-autoscaler/settings.ts'
import type { CertificateAuthority } from './ingress/types.ts'
import type { LocalDirectories } from './local-path/directories.ts'
import type { ZoneLimits } from './node-lifecycle/zones.ts'

export interface ControllerSettings {
  /** --feature-gates: those that are on beyond Kubernetes 1.36's defaults. */
  readonly featureGates?: ReadonlySet<string>
  /** PEM of the cluster's CA, which every namespace and token Secret is given. */
  readonly rootCa: string
  /** Nodes get parts of it unless they bring their own; two families with a comma between. Absent: nobody assigns pod ranges. */
  readonly podCidr?: string
  /** What no node may have of it, because Services have. */
  readonly serviceCidr?: string
  /** --node-cidr-mask-size: of the one family, or of IPv4 beside IPv6. Upstream: 24, 64 for IPv6. */
  readonly nodeCidrMaskSize?: number
  readonly nodeCidrMaskSizeIpv6?: number
  /** Signs kubelets' client certificates; absent: signing requests stay unsigned. */
  readonly clusterSigning?: {
    readonly caCertificate: string
    readonly caKey: string
    /** Default one year. */
    readonly durationSeconds?: number
    /** By signer, where each has an authority of its own; what is not named does not sign. */
    readonly bySigner?: Readonly<Record<string, { readonly caCertificate: string; readonly caKey: string }>>
  }
  /** Mints the tokens of service-account-token Secrets, by the API server's own signing key. */
  readonly mintServiceAccountToken?: (claims: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly secretName: string
  }) => Promise<string> | string
  /** How long a node may be silent until it is unknown. Upstream: 50 s. */
  readonly nodeMonitorGracePeriodMs?: number
  /** How long a legacy token may be unused (--legacy-service-account-token-clean-up-period). Upstream: a year. */
  readonly legacyTokenCleanUpPeriodMs?: number
  /** How long a node may take until it says anything at all. Upstream: 60 s. */
  readonly nodeStartupGracePeriodMs?: number
  /** How fast nodes that are not ready may be emptied, zone by zone. */
  readonly zoneLimits?: ZoneLimits
  /** How many ended pods are kept. Upstream: 12500. */
  readonly terminatedPodThreshold?: number
  /** kube-controller-manager's --horizontal-pod-autoscaler-* flags, where they differ from upstream's defaults. */
  readonly autoscaler?: Partial<AutoscalerSettings>
  /** --endpoint-updates-batch-period and its like; absent: at once, and upstream's limits. */
  readonly endpoints?: {
    /** For how long changes of pods are gathered before Endpoints, EndpointSlices and mirrored ones are written. */
    readonly batchMs?: number
    readonly sliceBatchMs?: number
    readonly mirrorBatchMs?: number
    /** --max-endpoints-per-slice. Upstream: 100. */
    readonly perSlice?: number
    /** --mirroring-max-endpoints-per-subset. Upstream: 1000. */
    readonly mirroredPerSubset?: number
  }
  /** Whether volumes are detached from nodes that are not well and do not unmount them (not --disable-force-detach-on-timeout). Default: yes. */
  readonly forceDetach?: boolean
  /** How often namespaces that go are looked at anew (--namespace-sync-period). */
  readonly namespaceSyncMs?: number
  readonly volumes?: {
    /** How often claims that wait are looked at anew (--pvclaimbinder-sync-period). Upstream: 15 s. */
    readonly syncMs?: number
    /** Whether provisioners are asked for volumes (--enable-dynamic-provisioning). Default: yes. */
    readonly provisions?: boolean
  }
  /** How often a quota is counted anew whatever happens (--resource-quota-sync-period). Upstream: 5 minutes. */
  readonly resourceQuotaSyncMs?: number
  /** Who makes the directories of node-local volumes; absent: the node's kubelet. */
  readonly localDirectories?: LocalDirectories
  /** Issues the certificates that Ingresses ask for. Absent: they stay without. */
  readonly certificateAuthority?: CertificateAuthority
}
