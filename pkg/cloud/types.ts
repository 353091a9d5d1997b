/**
 * What a cloud is to the cluster: machines, load balancers, routes. A provider has those parts that its cloud has; the controllers
 * of the others do not run. Upstream: k8s.io/cloud-provider's Interface, InstancesV2, LoadBalancer and Routes.
 */
import type { LoadBalancerStatus, Node, NodeAddress, Service } from '#api/gen/core/v1.ts'

export interface CloudProvider {
  /** As provider ids begin: "NAME://". */
  readonly name: string
  readonly instances?: Instances
  readonly loadBalancers?: LoadBalancers
  readonly routes?: Routes
}

/** The machines behind nodes. A node is found by spec.providerID, or by its name before it has one. */
export interface Instances {
  /** False: the node is deleted. One that is shut down exists. */
  exists(node: Node): Promise<boolean>
  isShutDown(node: Node): Promise<boolean>
  /** Undefined: not this provider's; the node stays as it is. */
  metadata(node: Node): Promise<InstanceMetadata | undefined>
}

export interface InstanceMetadata {
  /** Required unless the node has one: "NAME://…". */
  readonly providerId?: string
  readonly addresses: readonly NodeAddress[]
  readonly instanceType?: string
  readonly zone?: string
  readonly region?: string
  /** Labels outside Kubernetes' own namespaces; those that the node has already stay. */
  readonly additionalLabels?: Readonly<Record<string, string>>
}

/** Each call may be repeated, and brings what is there nearer to what is asked. */
export interface LoadBalancers {
  /** Services of this spec.loadBalancerClass are the provider's as well as those that name none. */
  readonly loadBalancerClass?: string
  /** Called once with all Services before anything else: for providers that keep no record of their own. */
  restore?(services: readonly Service[]): void
  /** Undefined: the Service has none. */
  get(service: Service): Promise<LoadBalancerStatus | undefined>
  /** Makes it or changes it; its status. Throws RetryLaterError to be asked again after a time of its choice. */
  ensure(service: Service, nodes: readonly Node[]): Promise<LoadBalancerStatus>
  /** The nodes behind it are others now. */
  update(service: Service, nodes: readonly Node[]): Promise<void>
  ensureDeleted(service: Service): Promise<void>
}

export interface Route {
  /** The provider's name of it; empty until it is made. */
  readonly name: string
  readonly targetNode: string
  /** Undefined: the provider does not tell, and a node's new address changes no route. */
  readonly targetNodeAddresses?: readonly NodeAddress[]
  readonly destinationCidr: string
  /** Leads nowhere: it is deleted. */
  readonly blackhole?: boolean
}

/** How the cloud's network brings packets for a node's pods to it. */
export interface Routes {
  list(): Promise<readonly Route[]>
  create(nameHint: string, route: Route): Promise<void>
  delete(route: Route): Promise<void>
}

export interface CloudSettings {
  readonly provider: CloudProvider
  /** Routes outside of these ranges are nobody's business here (--cluster-cidr). */
  readonly clusterCidrs?: readonly string[]
  /** --node-status-update-frequency; default five minutes. */
  readonly nodeStatusUpdateMs?: number
  /** --node-monitor-period; default five seconds. */
  readonly nodeMonitorMs?: number
}

/** A provider that is not done yet says when to ask again. */
export class RetryLaterError extends Error {
  readonly afterMs: number

  constructor(message: string, afterMs: number) {
    super(message)
    this.name = 'RetryLaterError'
    this.afterMs = afterMs
  }
}
