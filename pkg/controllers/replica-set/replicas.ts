/**
 * Keeps as many pods as asked for: the common part of ReplicaSet and ReplicationController
 * (upstream: pkg/controller/replicaset).
 */
import type { ReplicaSetStatus } from '#api/gen/apps/v1.ts'
import type { Pod, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { LabelPredicate } from '#client/selector.ts'
import type { MetricSet } from '#base/metric-set.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { claim } from '../workload/claim.ts'
import { inDeletionOrder } from '../workload/deletion-rank.ts'
import { Expectations } from '../workload/expectations.ts'
import { controllerIndex, controllerKey, controllerOf, controllerRef } from '../workload/owner.ts'
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from '../workload/pod-control.ts'
import { isPodActive, isPodTerminating, nextAvailabilityMs } from '../workload/pod-state.ts'
import { slowStart } from '../workload/slow-start.ts'
import { writeStatus } from '../workload/status-write.ts'
import { Uncertainty, uncertainRetryMs } from '../workload/uncertainty.ts'
import { statusOf } from './status.ts'

export interface Replicated extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number }
  status: ReplicaSetStatus
}

export interface ReplicasOptions<T extends Replicated> {
  readonly name: string
  readonly account: string
  readonly eventSource: string
  readonly resource: ResourceRef<T>
  readonly selectorOf: (owner: T) => LabelPredicate
  readonly templateOf: (owner: T) => PodTemplateSpec | undefined
  /** Whose pods count when crowded nodes are relieved first. */
  readonly family?: (owner: T, context: ControllerContext) => readonly string[]
  readonly countsTerminating?: boolean
  readonly metrics?: MetricSet
  /** Told of the pods that are chosen to go, of all that could. */
  readonly chose?: (doomed: readonly Pod[], active: readonly Pod[], nowMs: number) => void
}

/** At most so many creations or deletions in one go. */
const burstReplicas = 500

export function replicasController<T extends Replicated>(options: ReplicasOptions<T>): Controller {
  let expectations: Expectations
  const uncertainty = new Uncertainty()
  const { resource } = options

  function keysOfPod(pod: Pod, change: Change, previous: Pod | undefined, context: ControllerContext): string[] {
    const key = controllerKey(pod, resource)
    const keys = new Set<string>()
    if (key) {
      keys.add(key)
      if (change === 'add' && !pod.metadata.deletionTimestamp) expectations.sawCreation(key)
      if (change === 'delete' || pod.metadata.deletionTimestamp) expectations.sawDeletion(key, keyOf(pod))
    }
    const before = previous && controllerKey(previous, resource)
    if (before) keys.add(before)
    // An orphan may be adopted by whoever selects it.
    if (!controllerOf(pod) && change !== 'delete') {
      for (const owner of context.cache(resource).list(pod.metadata.namespace)) {
        if (options.selectorOf(owner)(pod.metadata.labels)) keys.add(keyOf(owner))
      }
    }
    return [...keys]
  }

  async function manage(owner: T, key: string, active: readonly Pod[], context: ControllerContext): Promise<unknown> {
    const surplus = active.length - (owner.spec.replicas ?? 1)
    if (surplus < 0) return create(owner, key, Math.min(-surplus, burstReplicas), context)
    if (surplus > 0) return remove(owner, key, active, Math.min(surplus, burstReplicas), context)
    return undefined
  }

  async function create(owner: T, key: string, count: number, context: ControllerContext): Promise<unknown> {
    const template = options.templateOf(owner)
    if (!template) return undefined
    expectations.expect(key, { adds: count })
    const reference = controllerRef(owner, resource)
    const { succeeded, error } = await slowStart(count, async () => {
      try {
        await createPod(context, owner, podFromTemplate(template, owner, reference))
      } catch (failure) {
        uncertainty.note(key, failure)
        if (!isNamespaceTerminating(failure)) throw failure
      }
    })
    // Those that failed, and those not even tried, will never be seen.
    if (succeeded < count) expectations.sawCreation(key, count - succeeded)
    return error
  }

  async function remove(owner: T, key: string, active: readonly Pod[], count: number, context: ControllerContext): Promise<unknown> {
    const nodes = new Map<string, number>()
    for (const uid of options.family?.(owner, context) ?? [owner.metadata.uid]) {
      for (const pod of context.cache(pods).byIndex('controller', uid)) {
        if (isPodActive(pod)) nodes.set(pod.spec.nodeName ?? '', (nodes.get(pod.spec.nodeName ?? '') ?? 0) + 1)
      }
    }
    const ordered = count >= active.length ? active : inDeletionOrder(active, (pod) => nodes.get(pod.spec.nodeName ?? '') ?? 0, context.clock.now())
    const doomed = ordered.slice(0, count)
    options.chose?.(doomed, active, context.clock.now())
    expectations.expect(key, { deletions: doomed.map(keyOf) })
    const results = await Promise.allSettled(doomed.map((pod) => deletePod(context, owner, pod)))
    let failure: unknown
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') return
      uncertainty.note(key, result.reason)
      expectations.sawDeletion(key, keyOf(doomed[index]!))
      if (!isNotFound(result.reason)) failure ??= result.reason
    })
    return failure
  }

  return {
    name: options.name,
    account: options.account,
    eventSource: options.eventSource,
    ...(options.metrics ? { metrics: options.metrics } : {}),
    inputs: [
      input(resource, { keys: (owner) => [keyOf(owner)], indexes: { controller: controllerIndex } }),
      input(pods, { keys: keysOfPod, indexes: { controller: controllerIndex } }),
    ],
    outputs: [output(resource, 'status'), output(pods, 'object', { shared: true })],
    start(context) {
      expectations = new Expectations(context.clock)
    },

    async reconcile(key, context): Promise<ReconcileResult | undefined> {
      const { client, clock } = context
      const owner = context.cache(resource).byKey(key)
      if (!owner) {
        expectations.forget(key)
        uncertainty.forget(key)
        return undefined
      }
      if (!(await uncertainty.resolved(key, owner, pods, context))) return { requeueAfterMs: uncertainRetryMs }
      const mayAct = expectations.satisfied(key)
      const matches = options.selectorOf(owner)
      const podCache = context.cache(pods)
      const own = podCache.byIndex('controller', owner.metadata.uid)
      const orphans = podCache.byIndex('controller', `orphan/${owner.metadata.namespace}`)
      const active = await claim([...own, ...orphans].filter(isPodActive), { client, resource: pods, owner, ownerResource: resource, matches })
      const terminating = own.filter((pod) => isPodTerminating(pod) && matches(pod.metadata.labels))

      // Of the moment before anything is decided: what becomes available meanwhile has to be looked at again.
      const nowMs = clock.now()
      const error = mayAct && !owner.metadata.deletionTimestamp ? await manage(owner, key, active, context) : undefined
      const status = statusOf({
        spec: owner.spec,
        template: options.templateOf(owner),
        previous: owner.status,
        generation: owner.metadata.generation,
        active,
        ...(options.countsTerminating ? { terminating: terminating.length } : {}),
        error,
        nowMs,
      })
      await writeStatus(client, resource, owner, status)
      if (error) throw error
      const minReadySeconds = owner.spec.minReadySeconds ?? 0
      const waitMs = nextAvailabilityMs(active, minReadySeconds, nowMs)
      return waitMs === undefined ? undefined : { requeueAfterMs: waitMs }
    },
  } satisfies Controller
}
