/**
 * Cloud node controller: gives a node that registered with the taint "uninitialized" what its cloud knows of it, and takes the taint away;
 * keeps addresses true afterwards. In: nodes, the provider's instances. Out: providerID, labels, taints and addresses of nodes.
 * Upstream: cloud-provider's controllers/node.
 */
import type { Node } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { CloudSettings, InstanceMetadata, Instances } from '../types.ts'
import { nodeAddresses, sameAddresses } from './addresses.ts'
import { instanceLabels, repairedLabels } from './labels.ts'

const uninitialized = 'node.cloudprovider.kubernetes.io/uninitialized'
const minute = 60_000

export function cloudNodeController({ provider: { instances }, nodeStatusUpdateMs = 5 * minute }: CloudSettings): Controller | undefined {
  if (!instances) return undefined
  return {
    name: 'cloud-node-controller',
    account: 'node-controller',
    inputs: [input(nodes, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) })],
    outputs: [
      output(nodes, 'spec.providerID'),
      output(nodes, 'labels of the instance'),
      output(nodes, 'taint uninitialized'),
      output(nodes, 'status.addresses of the cloud'),
    ],
    async reconcile(name, context): Promise<ReconcileResult | undefined> {
      const node = context.cache(nodes).byKey(name)
      if (!node) return undefined
      if (isUninitialized(node)) await initialize(node, instances, context)
      else {
        await repairLabels(node, context)
        const metadata = await instances.metadata(node)
        if (metadata) await writeAddresses(node, metadata, context)
      }
      return { requeueAfterMs: nodeStatusUpdateMs }
    },
  }
}

function isUninitialized({ spec }: Node): boolean {
  return spec?.taints?.some(({ key }) => key === uninitialized) ?? false
}

async function initialize(node: Node, instances: Instances, context: ControllerContext): Promise<void> {
  const { name, uid } = node.metadata
  const found = await instances.metadata(node).catch((error: Error) => {
    throw new Error(`failed to get instance metadata for node ${name}: ${error.message}`)
  })
  if (!found) return
  const providerId = node.spec?.providerID || found.providerId
  // It could never be set later on.
  if (!providerId) throw new Error(`failed to get instance metadata for node ${name}: cloud provider does not set node provider ID for node ${name}`)
  // Tells whether the address that the kubelet was given is among the cloud's, before the taint goes.
  nodeAddresses(node, found.addresses)
  const { labels, discarded } = instanceLabels(node, found)
  if (discarded.length > 0) context.log.warn('labels of the cloud are not taken over', { node: name, labels: discarded.join(' ') })
  const updated = await context.client.update(nodes, {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
    spec: { ...node.spec, providerID: providerId, taints: (node.spec?.taints ?? []).filter(({ key }) => key !== uninitialized) },
  })
  await writeAddresses(updated, found, context)
  context.events.event({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Normal', 'Synced', 'Node synced successfully')
}

async function repairLabels(node: Node, { client }: ControllerContext): Promise<void> {
  const labels = repairedLabels(node.metadata.labels ?? {})
  if (Object.keys(labels).length > 0) await client.patch(nodes, { name: node.metadata.name }, { metadata: { labels } }, { type: 'merge' })
}

async function writeAddresses(node: Node, { addresses }: InstanceMetadata, { client }: ControllerContext): Promise<void> {
  if (addresses.length === 0) return
  const current = node.status?.addresses ?? []
  const wanted = nodeAddresses(node, addresses)
  if (sameAddresses(current, wanted)) return
  const { name, resourceVersion } = node.metadata
  // The whole list is replaced, so it must be the one we saw.
  const patch = { metadata: { resourceVersion }, status: { addresses: wanted } }
  await client.patch(nodes, { name }, patch, { type: 'merge', subresource: 'status' })
}
