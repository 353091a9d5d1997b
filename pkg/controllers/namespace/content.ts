/** Deletes what a namespace holds and counts what is still there. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import type { DiscoveredResource } from '#client/discovery.ts'
import type { ControllerContext } from '#runtime/types.ts'

export interface Remaining {
  /** By "resource.group": how many objects. */
  readonly counts: Map<string, number>
  /** By finalizer: how many objects it holds. */
  readonly finalizers: Map<string, number>
  readonly errors: Error[]
  /** When to look again; 0: nothing is left. */
  estimateSeconds: number
}

const finalizerEstimateSeconds = 15

export async function deleteContent(namespace: string, resources: readonly DiscoveredResource[], context: ControllerContext): Promise<Remaining> {
  const remaining: Remaining = { counts: new Map(), finalizers: new Map(), errors: [], estimateSeconds: 0 }
  const deletable = resources.filter(
    ({ namespaced, verbs, plural, group }) =>
      namespaced && verbs.includes('delete') && verbs.includes('list') && !(plural === 'events' && group === 'events.k8s.io'),
  )
  const isPods = ({ plural, group }: DiscoveredResource) => plural === 'pods' && group === ''
  // Pods first and alone: policies and quotas that confine them must not go before them.
  for (const pods of deletable.filter(isPods)) await deleteAll(namespace, pods, remaining, context)
  if (remaining.estimateSeconds > 0 || remaining.errors.length > 0) return remaining
  const rest = deletable.filter((each) => !isPods(each))
  for (let at = 0; at < rest.length; at += 8) await Promise.all(rest.slice(at, at + 8).map((each) => deleteAll(namespace, each, remaining, context)))
  return remaining
}

async function deleteAll(namespace: string, resource: DiscoveredResource, remaining: Remaining, { client }: ControllerContext): Promise<void> {
  try {
    const before = await client.list(resource, { namespace, limit: 500, metadataOnly: true })
    if (before.items.length === 0) return
    if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, { namespace }, { propagationPolicy: 'Background' })
    else
      for (const { metadata } of before.items)
        await client.delete(resource, { namespace, name: metadata.name }, { propagationPolicy: 'Background' }).catch(unlessGone)
    const { items } = await client.list(resource, { namespace })
    if (items.length > 0) count(resource, items, remaining)
  } catch (error) {
    // Listed by discovery but not to be listed or deleted: nothing of it can be there.
    if (error instanceof StatusError && (error.code === 404 || error.code === 405)) return
    remaining.errors.push(error as Error)
  }
}

function count({ plural, group }: DiscoveredResource, items: readonly KubeObject[], remaining: Remaining): void {
  remaining.counts.set(`${plural}.${group}`, items.length)
  let held = false
  for (const { metadata } of items) {
    for (const finalizer of metadata.finalizers ?? []) {
      held = true
      remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1)
    }
  }
  const grace = plural === 'pods' && group === '' ? Math.max(0, ...(items as Pod[]).map(graceSeconds)) : 0
  remaining.estimateSeconds = Math.max(remaining.estimateSeconds, grace, held ? finalizerEstimateSeconds : 1)
}

/** Pods mostly end long before their grace is over, so we look sooner, but never at once. */
function graceSeconds({ metadata, spec }: Pod): number {
  return Math.min(metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 0, 4)
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
