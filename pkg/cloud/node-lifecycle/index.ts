/**
 * Cloud node lifecycle: a node that is not ready is deleted when its instance is gone, and tainted while that is shut down.
 * In: nodes, the provider's instances. Out: nodes' deletion, the taint "shutdown". Upstream: cloud-provider's controllers/nodelifecycle.
 */
import type { Node, ObjectReference, Taint } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { CloudSettings } from '../types.ts'

const shutdownTaint: Taint = { key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' }

export function cloudNodeLifecycleController({ provider: { instances }, nodeMonitorMs = 5_000 }: CloudSettings): Controller | undefined {
  if (!instances) return undefined
  return {
    name: 'cloud-node-lifecycle-controller',
    account: 'node-controller',
    inputs: [input(nodes, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) })],
    outputs: [output(nodes, 'deletion of those without an instance'), output(nodes, 'taint shutdown')],
    async reconcile(name, context): Promise<ReconcileResult | undefined> {
      const node = context.cache(nodes).byKey(name)
      if (!node || node.metadata.deletionTimestamp) return undefined
      if (isReady(node)) {
        await setTaint(node, false, context)
        return undefined
      }
      if (!(await instances.exists(node))) await remove(node, context)
      else if (await instances.isShutDown(node)) await setTaint(node, true, context)
      // Only a node that is not ready is asked after.
      return { requeueAfterMs: nodeMonitorMs }
    },
  }
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

async function remove({ metadata: { name, uid } }: Node, { client, events }: ControllerContext): Promise<void> {
  const reference: ObjectReference = { apiVersion: 'v1', kind: 'Node', name, uid }
  events.event(reference, 'Normal', 'DeletingNode', `Deleting node ${name} because it does not exist in the cloud provider`)
  try {
    await client.delete(nodes, { name }, { preconditions: { uid } })
  } catch (error) {
    if (isNotFound(error)) return
    events.event(reference, 'Warning', 'DeletingNodeFailed', `Failed deleting node ${name}: ${(error as Error).message}`)
    throw error
  }
}

async function setTaint(node: Node, wanted: boolean, { client }: ControllerContext): Promise<void> {
  const taints = node.spec?.taints ?? []
  const isIt = ({ key, effect }: Taint): boolean => key === shutdownTaint.key && effect === shutdownTaint.effect
  if (taints.some(isIt) === wanted) return
  const { name, resourceVersion } = node.metadata
  const next = wanted ? [...taints, shutdownTaint] : taints.filter((each) => !isIt(each))
  // The whole list of taints is replaced, so it must be the one we saw.
  await client.patch(nodes, { name }, { metadata: { resourceVersion }, spec: { taints: next } }, { type: 'merge' })
}
