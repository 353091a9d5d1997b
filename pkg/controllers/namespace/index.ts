/**
 * Namespace deletion: everything in it goes, pods first, and then the namespace.
 * In: Namespaces. Out: Namespace finalizers and status, deletion of all else. Upstream: pkg/controller/namespace.
 */
import type { Namespace } from '#api/gen/core/v1.ts'
import { namespaces } from '#api/gen/resources.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { discover } from '#client/discovery.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { sameStatus } from '../workload/status-write.ts'
import { conditionsOf } from './conditions.ts'
import { deleteContent, type Remaining } from './content.ts'

/** Lets the API server's own caches see the deletion, so that nothing is created behind our back. */
const settleMs = 500

export function namespaceController({ namespaceSyncMs }: Pick<ControllerSettings, 'namespaceSyncMs'> = {}): Controller {
  const seen = new Set<string>()
  return {
    name: 'namespace-controller',
    account: 'namespace-controller',
    workers: 10,
    // Upstream's own limit: an ending namespace must not wait for a quarter of an hour because of a bad minute.
    maxRetryMs: 60_000,
    ...(namespaceSyncMs === undefined ? {} : { resyncMs: namespaceSyncMs }),
    inputs: [input(namespaces, { keys: ({ metadata }, change) => (metadata.deletionTimestamp && change !== 'delete' ? [metadata.name] : []) })],
    outputs: [output(namespaces, 'finalize'), output(namespaces, 'status')],
    async reconcile(name, context) {
      if (!seen.has(name)) {
        seen.add(name)
        return { requeueAfterMs: settleMs }
      }
      const result = await finish(name, context)
      if (!result) seen.delete(name)
      return result
    },
  }
}

async function finish(name: string, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const { client } = context
  const namespace = await getNamespace(name, context)
  if (!namespace?.metadata.deletionTimestamp || (namespace.spec?.finalizers ?? []).length === 0) return undefined
  const { resources, failures } = await discover(client)
  const remaining = await deleteContent(name, resources, context)
  const current = await noteStatus(namespace, failures, remaining, context)
  if (remaining.estimateSeconds > 0) return { requeueAfterMs: (Math.floor(remaining.estimateSeconds / 2) + 1) * 1000 }
  if (remaining.errors.length > 0) throw remaining.errors[0]
  if (failures.size > 0) throw new Error(`unable to discover all of the cluster's resources: ${[...failures.keys()].join(', ')}`)
  await finalize(current, context)
  return undefined
}

async function getNamespace(name: string, { client }: ControllerContext): Promise<Namespace | undefined> {
  try {
    return await client.get(namespaces, { name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function noteStatus(
  namespace: Namespace,
  failures: ReadonlyMap<string, Error>,
  remaining: Remaining,
  { client, clock }: ControllerContext,
): Promise<Namespace> {
  const status = { ...namespace.status, phase: 'Terminating', conditions: conditionsOf(namespace.status?.conditions, failures, remaining, clock.now()) }
  if (sameStatus(namespace.status, status)) return namespace
  return client.update(namespaces, { ...namespace, status }, { subresource: 'status' })
}

async function finalize(namespace: Namespace, { client }: ControllerContext): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== 'kubernetes')
  try {
    await client.update(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: 'finalize' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
    if (isConflict(error)) throw error
  }
}
