/** What everything is called that a cluster makes on the host: each name carries the cluster's, so clusters run side by side. */
import { createHash } from 'node:crypto'

/** Linux allows an interface name 15 bytes. */
const interfaceNameLimit = 15

/** The directory in which `ip netns` keeps names. */
export const netnsDirectory = '/run/netns'

/** The host's one link into the cluster's network: "k8ts0". */
export function hostLinkName(cluster: string): string {
  const name = `${cluster}0`
  if (name.length <= interfaceNameLimit) return name
  return `${cluster.slice(0, 8)}-${createHash('sha256').update(cluster).digest('hex').slice(0, 6)}`
}

/** The namespace that holds the bridge. */
export function underlayNamespace(cluster: string): string {
  return `${cluster}-underlay`
}

/** Our table in the host's nftables. */
export function hostTable(cluster: string): string {
  return `k8ts-${cluster}`
}

/** The mark (interface alias) that says which cluster a namespace is of, should the configuration be lost. */
export function ownerMark(cluster: string): string {
  return `k8ts-cluster:${cluster}`
}

/** The bridge's port of a node, in the underlay namespace. */
export function nodePortLink(index: number): string {
  return `node${index}`
}

/**
 * Interface numbers of the bridge's ports start here. The kernel takes a veth whose number equals its other end's (easily so in
 * fresh namespaces) for a plain device, and then lets it wait up to a second before it carries packets.
 */
export const portIndexBase = 1000

export function namespacePath(netns: string): string {
  return `${netnsDirectory}/${netns}`
}

/** The front of a command line that starts a program in a network namespace. (`ip netns exec` would remount /sys and lose the cgroups.) */
export function inNamespace(netns: string, command: readonly string[] = []): string[] {
  return ['nsenter', `--net=${namespacePath(netns)}`, ...command]
}
