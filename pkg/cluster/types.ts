/** A local cluster as its parts see it: who is where. Written once by `up`, read by every component. */

/** Ranges and addresses of one family. */
export interface FamilyRanges {
  /** "10.96.0.0/16": Services; .1 is `kubernetes`, .10 is DNS. */
  readonly serviceCidr: string
  readonly dnsAddress: string
  /** "10.244.0.0/16"; each node has a /24 of it (of IPv6 a /64). */
  readonly podCidr: string
  /** "172.30.0.0/24": the link that joins the node namespaces and the host. */
  readonly underlayCidr: string
}

/** Where things are on one machine; all below the data directory unless the user says otherwise. */
/** The ranges of its own are those of the first family. */
export interface ClusterConfig extends FamilyRanges {
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
  /** "cluster.local". */
  readonly clusterDomain: string
  /** The same again in the other family, of a dual-stack cluster. */
  readonly secondary?: FamilyRanges
  readonly nodes: readonly NodePlan[]
  /** Nodes that only the API knows, beside the real ones; absent: none. */
  readonly simulatedNodes?: number
  /** Whether each node logs the requests of Ingresses; absent: it does. */
  readonly ingressAccessLog?: boolean
  /** Where nodes serve Ingresses; absent: at 80 and 443. */
  readonly ingressPorts?: IngressPorts | 'off'
  /** This machine itself is the node, and shares the cluster with other machines; absent: all nodes are namespaces of this machine. */
  readonly machine?: MachinePlan
}

export interface IngressPorts {
  readonly http: number
  readonly https: number
}

export const defaultIngressPorts: IngressPorts = { http: 80, https: 443 }

/** How pods of other machines are reached: encapsulated, by plain routes on a shared link, or by a CNI plugin that the user brings. */
export const podNetworks = ['vxlan', 'routes', 'none'] as const
export type PodNetwork = (typeof podNetworks)[number]

export interface MachinePlan {
  /** A server has the control plane as well; an agent has joined one. */
  readonly role: 'server' | 'agent'
  readonly podNetwork: PodNetwork
  /** The runtime is the user's own, at this socket ("unix:///…"); absent: a containerd that is started for the node. */
  readonly runtimeEndpoint?: string
}

/** What a node has of one family. */
export interface NodeAddresses {
  /** The node's address on the underlay: its InternalIP. */
  readonly address: string
  readonly podCidr: string
}

export interface NodePlan extends NodeAddresses {
  readonly name: string
  /** 0 for the first. */
  readonly index: number
  /** The same of the second family. */
  readonly secondary?: NodeAddresses
  /** Network namespace name, as `ip netns` knows it. */
  readonly netns: string
  /** Root of the node's files: containerd root and state, kubelet root, CNI configuration. */
  readonly dir: string
  /** Of the node's runtime: its own containerd, or what MachinePlan.runtimeEndpoint names. */
  readonly containerdSocket: string
  readonly kubeletPort: number
  /** Taken out of service by `k8ts node stop`: no process of it runs, its files stay. */
  readonly stopped?: boolean
}

/** One family's part of the plan. */
export interface FamilyPlan extends FamilyRanges {
  readonly nodes: readonly (NodeAddresses & { readonly name: string })[]
}

/** The cluster's plan by families: one, or two of a dual-stack cluster, the first of them that of the nodes' first addresses. */
export function familiesOf(config: Pick<ClusterConfig, keyof FamilyRanges | 'secondary' | 'nodes'>): readonly FamilyPlan[] {
  const first = { ...rangesOf(config), nodes: config.nodes }
  if (!config.secondary) return [first]
  return [first, { ...config.secondary, nodes: config.nodes.flatMap(({ name, secondary }) => (secondary ? [{ name, ...secondary }] : [])) }]
}

/** A node's addresses, the first family's first. */
export function nodeAddresses({ address, secondary }: NodePlan): readonly string[] {
  return secondary ? [address, secondary.address] : [address]
}

/** The ranges of its pods by the cluster's plan; none on a machine that joins, which is given them. */
export function nodePodCidrs({ podCidr, secondary }: NodePlan): readonly string[] {
  return [podCidr, secondary?.podCidr ?? ''].filter((each) => each !== '')
}

function rangesOf({ serviceCidr, dnsAddress, podCidr, underlayCidr }: FamilyRanges): FamilyRanges {
  return { serviceCidr, dnsAddress, podCidr, underlayCidr }
}
