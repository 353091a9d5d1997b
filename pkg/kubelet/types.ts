/** The contracts between the kubelet's parts. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { KubeObject, ObjectKey, ResourceRef } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import type { CompleteConfiguration } from './configuration/defaults.ts'
import type { Cri } from './cri/index.ts'
import type { PodRuntimeStatus } from './runtime/pod-runtime.ts'

export interface KubeletTls {
  readonly cert: string
  readonly key: string
  /** Authority that client certificates must come from. */
  readonly clientCa: string
}

export interface KubeletOptions {
  readonly nodeName: string
  /** The node's InternalIP. */
  readonly nodeAddress: string
  /** Its address of the other family, on a dual-stack node. */
  readonly secondaryNodeAddress?: string
  readonly client: Client
  /** Volumes, logs and state: one directory a node, on a mount that containerd sees (shared propagation). */
  readonly rootDir: string
  /** What CSI drivers on this node call rootDir, where they have another name for it: /var/lib/kubelet, as their manifests have it. */
  readonly csiRootDir?: string
  /**
   * What the node's KubeletConfiguration says, complete. Pods come below "<cgroupRoot>/kubepods"; without a cgroupRoot the runtime
   * chooses. containerRuntimeEndpoint is the runtime's socket.
   */
  readonly configuration: CompleteConfiguration
  /** Without it there is no server. */
  readonly tls?: KubeletTls | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly labels?: Readonly<Record<string, string>>
  /** The node's ranges of pod addresses, where they are known before it registers; otherwise the cluster gives them. */
  readonly podCidrs?: readonly string[]
  /** "v1.36.0" unless told. */
  readonly version?: string
  /** For tests: instead of connecting to the runtime's socket. */
  readonly cri?: Cri
  readonly recorder?: EventRecorder
  /** CredentialProviderConfig, and the directory of the providers' programs. */
  readonly imageCredentialProviders?: { readonly file: string; readonly binDir: string } | undefined
  /** Names of images that are never removed, used or not. */
  readonly keepImages?: readonly string[]
  /** This is the machine's own kubelet: systemd's shutdown waits for its pods. */
  readonly inhibitShutdown?: boolean
  /** Says who the kubelet is to the API from now on, when its client certificate has been replaced. Without it, it is not rotated. */
  readonly useClientCertificate?: (pair: { readonly certificate: string; readonly key: string }) => void
  /** What the client certificate is now. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string }
  /** Serves exec, attach and port-forward; without it they are answered with 501. */
  readonly upgradeHandlers?: UpgradeHandlers
  /** Resolves when no new connections come to a pod's address; asked before a deleted pod's containers are told to stop. */
  readonly drain?: (podAddress: string) => Promise<void>
}

export interface Kubelet {
  readonly nodeName: string
  /** Resolves after the signal has aborted and everything of this process is at rest. Containers run on. */
  readonly done: Promise<void>
  readonly server: Server | undefined
  readonly port: number
  readonly pods: PodDirectory
  /** Replaces what the server shows; nothing happens where a file of the configuration says what that is. */
  serveWith(pair: { readonly certificate: string; readonly key: string }): void
  /** Ends the pods as for a shutdown of the machine, as far as the configuration asks for it. */
  shutdown(): Promise<void>
}

/** What the server and its streaming part may ask about pods on this node. */
export interface PodDirectory {
  list(): readonly Pod[]
  get(namespace: string, name: string): Pod | undefined
  runtimeStatus(uid: string): PodRuntimeStatus | undefined
  /** The newest container of that name (or the one before it), running or not. */
  containerId(uid: string, container: string, previous?: boolean): string | undefined
  /** The pod's directory of logs. */
  logDirectory(pod: Pod): string
}

/** Where a stream request of /exec, /attach or /portForward goes. */
export interface StreamTarget {
  readonly kind: 'exec' | 'attach' | 'portForward'
  readonly pod: Pod
  readonly containerId: string | undefined
  /** The pod's running sandbox. */
  readonly sandboxId: string | undefined
  readonly podAddress: string | undefined
  readonly hostNetwork: boolean
  readonly query: URLSearchParams
}

/** Handles both an HTTP upgrade and, where a protocol needs it, nothing else; errors before the upgrade go back as HTTP. */
export interface UpgradeHandlers {
  handle(target: StreamTarget, request: IncomingMessage, socket: Duplex, head: Buffer, cri: Cri): Promise<void>
}

export interface EventRecorder {
  event(
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath?: string,
    annotations?: Readonly<Record<string, string>>,
  ): void
}

/** Objects that pods refer to, kept current while any pod refers to them. */
export interface ObjectSource {
  /** Undefined when it does not exist. Throws when the server cannot be asked. */
  get<T extends KubeObject>(of: ResourceRef<T>, key: ObjectKey, podUid: string): Promise<T | undefined>
}

/** A container of any of the three lists, with what tells them apart. */
export type ContainerKind = 'init' | 'sidecar' | 'regular' | 'ephemeral'
export interface ContainerEntry {
  readonly container: Container
  readonly kind: ContainerKind
}

/** A reason that a container waits, as its status shows it. */
export class ContainerStartError extends Error {
  override readonly name = 'ContainerStartError'
  readonly reason: string
  /** Not worth an error in the log: the event has said it. */
  readonly backoff: boolean

  constructor(reason: string, message: string, backoff = false) {
    super(message)
    this.reason = reason
    this.backoff = backoff
  }
}
