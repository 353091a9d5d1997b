/** A local cluster as its parts see it: who is where. Written once by `up`, read by every component. */

/** Where things are on one machine; all below the data directory unless the user says otherwise. */
export interface ClusterConfig {
  /** "k8ts" unless --name. Prefix of every network namespace, interface and cgroup it makes on the host. */
  readonly name: string
  readonly dataDir: string
  /** Version of the data directory's layout. */
  readonly layoutVersion: number
  readonly apiServer: {
    /** Addresses the server listens on: the underlay's host address and 127.0.0.1. */
    readonly listen: readonly string[]
    readonly port: number
    /** What nodes and pods dial. */
    readonly advertiseAddress: string
  }
  /** "10.96.0.0/16": Services; .1 is `kubernetes`, .10 is DNS. */
  readonly serviceCidr: string
  readonly dnsAddress: string
  /** "cluster.local". */
  readonly clusterDomain: string
  /** "10.244.0.0/16"; each node has a /24 of it. */
  readonly podCidr: string
  /** "172.30.0.0/24": the link that joins the node namespaces and the host. */
  readonly underlayCidr: string
  readonly nodes: readonly NodePlan[]
  /** Nodes that only the API knows, beside the real ones; absent: none. */
  readonly simulatedNodes?: number
  /** Whether each node logs the requests of Ingresses; absent: it does. */
  readonly ingressAccessLog?: boolean
  /** This machine itself is the node, and shares the cluster with other machines; absent: all nodes are namespaces of this machine. */
  readonly machine?: MachinePlan
}

/** How pods of other machines are reached: encapsulated, by plain routes on a shared link, or by a CNI plugin that the user brings. */
export const podNetworks = ['vxlan', 'routes', 'none'] as const
export type PodNetwork = (typeof podNetworks)[number]

export interface MachinePlan {
  /** A server has the control plane as well; an agent has joined one. */
  readonly role: 'server' | 'agent'
  readonly podNetwork: PodNetwork
}

export interface NodePlan {
  readonly name: string
  /** 0 for the first. */
  readonly index: number
  /** The node's address on the underlay: its InternalIP. */
  readonly address: string
  readonly podCidr: string
  /** Network namespace name, as `ip netns` knows it. */
  readonly netns: string
  /** Root of the node's files: containerd root and state, kubelet root, CNI configuration. */
  readonly dir: string
  readonly containerdSocket: string
  readonly kubeletPort: number
  /** Taken out of service by `k8ts node stop`: no process of it runs, its files stay. */
  readonly stopped?: boolean
}
