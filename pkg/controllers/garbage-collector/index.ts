/**
 * Garbage collector: what is owned goes when its owners are gone; foreground deletion waits for dependents; orphaning lets them be.
 * In: the metadata of every kind (found by discovery), CRDs and APIServices (when to look again). Out: deletion, finalizers and
 * owner references of any kind. Upstream: pkg/controller/garbagecollector.
 */
import { apiServices, customResourceDefinitions } from '#api/gen/resources.ts'
import { MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input } from '#runtime/types.ts'
import { type AttemptOptions, absentKey, attempt } from './attempt.ts'
import { type GraphNode, OwnerGraph } from './graph.ts'
import { Monitors } from './monitors.ts'

const resyncKey = '/resync'
/** Discovery is looked at again when kinds come and go, and this often while some of it fails. */
const rediscoverMs = 30_000
const absentLimit = 500

export function garbageCollectorController(): Controller {
  const graph = new OwnerGraph()
  const absent = new BoundedSet(absentLimit)
  let monitors: Monitors
  const metrics = new MetricSet()
  const syncErrors = metrics.counter('garbagecollector_controller_resources_sync_error_total', 'Number of garbage collector resources sync errors')

  /** Wakes whoever may have to go, or may now go, because of what was seen. */
  function wake(node: GraphNode, context: ControllerContext): void {
    const enqueue = (each: GraphNode) => context.enqueue(each.uid)
    if (node.orphaning || node.deletingDependents) {
      enqueue(node)
      // Those that block must hear that their owner waits for them.
      if (node.deletingDependents) for (const each of node.dependents) enqueue(each)
    } else if (!node.beingDeleted && node.owners.length > 0) {
      // Only those with an owner that is absent, unknown or waiting need a look.
      const suspicious = node.owners.some(({ uid }) => {
        const owner = graph.get(uid)
        return !owner || owner.virtual || owner.beingDeleted || (owner.namespace !== undefined && owner.namespace !== node.namespace)
      })
      if (suspicious) enqueue(node)
    }
    for (const { uid } of node.owners) {
      const owner = graph.get(uid)
      if (owner?.deletingDependents || owner?.virtual) enqueue(owner)
    }
  }

  return {
    name: 'garbage-collector-controller',
    account: 'generic-garbage-collector',
    metrics,
    workers: 20,
    inputs: [input(customResourceDefinitions, { keys: () => [resyncKey] }), input(apiServices, { keys: () => [resyncKey] })],
    // Of any kind: deletion, finalizers and ownerReferences, which no other controller's declaration covers.
    outputs: [],
    async start(context) {
      monitors = new Monitors(context, {
        observe(resource, object) {
          const before = graph.get(object.metadata.uid)?.owners ?? []
          const { node, ownersChanged } = graph.observe(resource, object)
          wake(node, context)
          if (!ownersChanged) return
          // Owners that no longer have to wait for it.
          for (const { uid } of before) if (graph.get(uid)?.deletingDependents) context.enqueue(uid)
        },
        remove(resource, object) {
          const { uid, namespace, name } = object.metadata
          const node = graph.get(uid)
          const owners = node?.owners ?? []
          const dependents = graph.remove(uid)
          if (dependents.length > 0 && node)
            absent.add(absentKey({ uid, apiVersion: node.apiVersion, kind: node.kind, name }, resource.namespaced ? namespace : undefined))
          for (const each of dependents) context.enqueue(each.uid)
          for (const owner of owners) if (graph.get(owner.uid)?.deletingDependents) context.enqueue(owner.uid)
        },
      })
      context.enqueue(resyncKey)
    },

    async reconcile(key, context) {
      if (key === resyncKey) {
        if (await monitors.sync()) return undefined
        syncErrors.add()
        return { requeueAfterMs: rediscoverMs }
      }
      const node = graph.get(key)
      if (!node) return undefined
      // Until all is known, an owner that was not seen may only not have been seen yet.
      if (!monitors.synced) return { requeueAfterMs: 200 }
      const options: AttemptOptions = {
        graph,
        context,
        resourceOf: (apiVersion, kind) => monitors.resourceOf(apiVersion, kind),
        absent,
        enqueue: ({ uid }) => context.enqueue(uid),
      }
      await attempt(node, options)
      return undefined
    },
  }
}

class BoundedSet {
  readonly #limit: number
  readonly #values = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  has(value: string): boolean {
    return this.#values.has(value)
  }

  add(value: string): void {
    this.#values.delete(value)
    this.#values.add(value)
    if (this.#values.size > this.#limit) this.#values.delete(this.#values.values().next().value!)
  }
}
