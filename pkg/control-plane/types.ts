/** The contract of the library: how a control plane is asked for, and what its owner holds. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { AdmissionPlugin } from '#apiserver/types.ts'
import type { Client } from '#client/types.ts'
import type { Kubeconfig } from '#cluster/pki/kubeconfig.ts'
import type { AutoscalerSettings } from '#controllers/horizontal-pod-autoscaler/settings.ts'
import type { ControllerSettings } from '#controllers/types.ts'
import type { EtcdStoreConfig } from '#storage/drivers/etcd/index.ts'

/** Not what the control plane knows itself: its authority and its keys. */
export type ControllerChoices = Partial<Omit<ControllerSettings, 'rootCa' | 'clusterSigning' | 'mintServiceAccountToken' | 'featureGates'>>

export interface ControlPlaneOptions {
  /** Everything is kept below this directory (made when missing) and found there again. Absent: in memory. */
  readonly dataDir?: string
  /** Objects in an etcd cluster instead; what is not an object (keys, certificates) stays with `dataDir` or in memory. */
  readonly etcd?: EtcdStoreConfig
  /** TLS on 127.0.0.1 and a free port unless said otherwise. `false`: clients in this process only, and no certificate is made. */
  readonly listen?: false | ListenAt
  /**
   * Which controllers run beside the server, as kube-controller-manager's --controllers: names, `*` for all, `-NAME` for all but one.
   * Default: none, so that nothing moves but what the caller moves.
   */
  readonly controllers?: readonly string[]
  /** kube-controller-manager's --horizontal-pod-autoscaler-* flags, where they differ from upstream's defaults. */
  readonly autoscaler?: Partial<AutoscalerSettings>
  /** What else its flags say: ranges of nodes, how many ended pods are kept, sizes of EndpointSlices … Default: upstream's. */
  readonly controllerSettings?: ControllerChoices
  /** Default: no scheduler. */
  readonly scheduler?: boolean
  readonly serviceCidr?: string
  readonly featureGates?: ReadonlySet<string>
  /** As kube-apiserver's --runtime-config: "GROUP/VERSION" of what is not served by default. */
  readonly runtimeConfig?: ReadonlySet<string>
  /** Asked after the default plugins. */
  readonly admission?: readonly AdmissionPlugin[]
  /** Default: silent. */
  readonly log?: Logger
  readonly clock?: Clock
}

export interface ListenAt {
  /** Default 127.0.0.1. */
  readonly hosts?: readonly string[]
  /** Default 0: any free one; a restart keeps it. */
  readonly port?: number
}

/** Who asks. A user without groups can do nothing but look at itself, until RBAC says more. */
export interface ControlPlaneUser {
  readonly name: string
  readonly groups?: readonly string[]
}

export interface ControlPlane extends AsyncDisposable {
  /** In this process, as system:masters. */
  readonly client: Client
  /** In this process, as anybody; RBAC decides. */
  clientAs(user: ControlPlaneUser): Client
  /** "https://127.0.0.1:PORT"; undefined with `listen: false`. */
  readonly url: string | undefined
  /** PEM of the CA that signed the server's certificate and whose client certificates name users. */
  readonly ca: string | undefined
  /** A new client certificate for the user (default: the administrator's), with its key. Throws with `listen: false`. */
  certificateFor(user?: ControlPlaneUser): Promise<{ readonly certificate: string; readonly key: string }>
  /** A kubeconfig with everything in it. Throws with `listen: false`. */
  kubeconfig(user?: ControlPlaneUser): Promise<Kubeconfig>
  /** The same as YAML, into a file that its owner alone can read. */
  writeKubeconfig(path: string, user?: ControlPlaneUser): Promise<void>
  /** Ends and begins again on the same store, port and certificates: watches end, clients come back. */
  restart(): Promise<void>
  /** Ends controllers, watches, connections and the store, in this order. Nothing is left open. A second call waits for the first. */
  stop(): Promise<void>
}
