/** The network that joins a local cluster's nodes and the host. */
import type { ClusterConfig } from '#cluster/types.ts'
import { ensureNodeNamespace } from './ensure-node-namespace.ts'
import { ensureUnderlay, type UnderlayOptions } from './ensure-underlay.ts'

export { ensureNodeNamespace, nodeTable } from './ensure-node-namespace.ts'
export { ensureUnderlay, hostAddress, type UnderlayOptions } from './ensure-underlay.ts'
export { ensureMachine, removeMachine } from './machine.ts'
export { hostLinkName, hostTable, inNamespace, namespacePath, underlayNamespace } from './names.ts'
export { type RemovableCluster, removeAll, removeNodeNamespace } from './remove-all.ts'

/** The underlay and every node's namespace, made or repaired. Answers warnings for the user. */
export async function ensureNetwork(config: ClusterConfig, options?: UnderlayOptions): Promise<readonly string[]> {
  const warnings = await ensureUnderlay(config, options)
  await Promise.all(config.nodes.map((node) => ensureNodeNamespace(config, node)))
  return warnings
}
