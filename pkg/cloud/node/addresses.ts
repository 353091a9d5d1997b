/** Which of its cloud's addresses a node shows. */
import type { Node, NodeAddress } from '#api/gen/core/v1.ts'

/** The kubelet's --node-ip. */
const providedNodeIp = 'alpha.kubernetes.io/provided-node-ip'

/**
 * The cloud's addresses, with the kubelet's host name where the cloud has none. An address that the kubelet was given comes first, as the
 * only one of its type. Throws when the cloud does not know that one.
 */
export function nodeAddresses(node: Node, ofCloud: readonly NodeAddress[]): NodeAddress[] {
  const named = ofCloud.some(({ type }) => type === 'Hostname')
  const all = [...ofCloud, ...(named ? [] : (node.status?.addresses ?? []).filter(({ type }) => type === 'Hostname'))]
  const provided = node.metadata.annotations?.[providedNodeIp]
  if (provided === undefined) return all
  const chosen = provided.split(',').flatMap((ip) => {
    const matching = all.filter(({ address }) => address === ip.trim())
    if (matching.length === 0)
      throw new Error(
        `provided node ip for node "${node.metadata.name}" is not valid: failed to get node address from cloud provider that matches ip: ${ip.trim()}`,
      )
    return matching
  })
  const types = new Set(chosen.map(({ type }) => type))
  return [...chosen, ...all.filter(({ type }) => !types.has(type))]
}

export function sameAddresses(before: readonly NodeAddress[], after: readonly NodeAddress[]): boolean {
  if (before.length !== after.length) return false
  const known = new Set(before.map(({ type, address }) => `${type} ${address}`))
  return after.every(({ type, address }) => known.has(`${type} ${address}`))
}
