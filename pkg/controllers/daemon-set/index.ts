/**
 * DaemonSet: one pod on every node that will have it.
 * In: DaemonSets, pods, nodes, ControllerRevisions. Out: pods, ControllerRevisions, DaemonSet status. Upstream: pkg/controller/daemon.
 */
import type { ControllerRevision, DaemonSet } from '#api/gen/apps/v1.ts'
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { controllerRevisions, daemonSets, nodes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { selectorOf } from '#client/selector.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { claim } from '../workload/claim.ts'
import { Expectations } from '../workload/expectations.ts'
import { controllerIndex, controllerKey, controllerOf, controllerRef } from '../workload/owner.ts'
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from '../workload/pod-control.ts'
import { isPodAvailable, nextAvailabilityMs } from '../workload/pod-state.ts'
import { claimHistory, hashOf, revisionHashLabel, syncRevision, trimHistory } from '../workload/revisions.ts'
import { slowStart } from '../workload/slow-start.ts'
import { templateHash } from '../workload/template-hash.ts'
import { writeStatus } from '../workload/status-write.ts'
import { Uncertainty, uncertainRetryMs } from '../workload/uncertainty.ts'
import { templateGenerationKey } from '#api/apps/v1/template-generation.ts'
import { boundTo, fitOf, nodeNameOf } from './node-fit.ts'
import { daemonSetStatus } from './status.ts'
import { generationLabel, isCurrent, planUpdate, surgeOf } from './update.ts'

const burst = 250
/** Upstream still labels pods with the number of the template, beside its hash. */

export function daemonSetController(): Controller {
  let expectations: Expectations
  const uncertainty = new Uncertainty()

  function keysOfPod(pod: Pod, change: Change, previous: Pod | undefined, { cache }: ControllerContext): string[] {
    const key = controllerKey(pod, daemonSets)
    if (key && change === 'add' && !pod.metadata.deletionTimestamp) expectations.sawCreation(key)
    if (key && (change === 'delete' || pod.metadata.deletionTimestamp)) expectations.sawDeletion(key, keyOf(pod))
    const before = previous && controllerKey(previous, daemonSets)
    const adopters =
      controllerOf(pod) || change === 'delete'
        ? []
        : cache(daemonSets)
            .list(pod.metadata.namespace)
            .filter(({ spec }) => selectorOf(spec.selector)(pod.metadata.labels))
    return [...new Set([key, before, ...adopters.map(keyOf)].filter((each) => each !== undefined))]
  }

  async function sync(set: DaemonSet, key: string, byNode: ReadonlyMap<string, readonly Pod[]>, hash: string, context: ControllerContext): Promise<void> {
    const all = context.cache(nodes).list()
    const desired = all.filter((node) => fitOf(set, node).shouldRun).length
    const { create, remove } = place(set, all, byNode, hash, surgeOf(set, desired), context)
    const update = planUpdate(set, byNode, hash, desired, context.clock.now())
    // The update decides only about nodes that are otherwise as they should be.
    if (create.length === 0 && remove.length === 0) {
      create.push(...update.createOn)
      remove.push(...update.remove)
    }
    await act(set, key, create.slice(0, burst), remove.slice(0, burst), hash, context)
  }

  async function act(set: DaemonSet, key: string, create: readonly string[], remove: readonly Pod[], hash: string, context: ControllerContext): Promise<void> {
    if (create.length === 0 && remove.length === 0) return
    expectations.expect(key, { adds: create.length, deletions: remove.map(keyOf) })
    const reference = controllerRef(set, daemonSets)
    const { template } = set.spec
    const made = await slowStart(create.length, async (index) => {
      const pod = podFromTemplate(template, set, reference)
      const generation = set.metadata.annotations?.[templateGenerationKey]
      const labels = { ...template.metadata?.labels, ...(generation ? { [generationLabel]: generation } : {}), [revisionHashLabel]: hash }
      try {
        await createPod(context, set, { ...pod, metadata: { ...pod.metadata, labels }, spec: boundTo(template.spec, create[index]!) })
      } catch (error) {
        uncertainty.note(key, error)
        if (!isNamespaceTerminating(error)) throw error
      }
    })
    if (made.succeeded < create.length) expectations.sawCreation(key, create.length - made.succeeded)
    let failure = made.error
    await Promise.all(
      remove.map((pod) =>
        deletePod(context, set, pod).catch((error) => {
          uncertainty.note(key, error)
          expectations.sawDeletion(key, keyOf(pod))
          if (!isNotFound(error)) failure ??= error
        }),
      ),
    )
    if (failure) throw failure
  }

  return {
    name: 'daemonset-controller',
    account: 'daemon-set-controller',
    workers: 2,
    inputs: [
      input(daemonSets, { keys: (set) => [keyOf(set)] }),
      input(pods, { keys: keysOfPod, indexes: { controller: controllerIndex } }),
      input(nodes, {
        keys: (node, change, previous, { cache }) =>
          change === 'update' && previous && nodeView(previous) === nodeView(node) ? [] : cache(daemonSets).list().map(keyOf),
      }),
      input(controllerRevisions, { indexes: { controller: controllerIndex } }),
    ],
    outputs: [output(daemonSets, 'status'), output(pods, 'object', { shared: true }), output(controllerRevisions, 'object', { shared: true })],
    start({ clock }) {
      expectations = new Expectations(clock)
    },

    async reconcile(key, context): Promise<ReconcileResult | undefined> {
      const { client, cache, clock } = context
      const set = cache(daemonSets).byKey(key)
      if (!set) {
        expectations.forget(key)
        uncertainty.forget(key)
        return undefined
      }
      if (!(await uncertainty.resolved(key, set, pods, context))) return { requeueAfterMs: uncertainRetryMs }
      // Of the moment before anything is decided: what becomes available meanwhile has to be looked at again.
      const nowMs = clock.now()
      const podCache = cache(pods)
      const candidates = [...podCache.byIndex('controller', set.metadata.uid), ...podCache.byIndex('controller', `orphan/${set.metadata.namespace}`)]
      const own = await claim(candidates, { client, resource: pods, owner: set, ownerResource: daemonSets, matches: selectorOf(set.spec.selector) })
      const byNode = Map.groupBy(own, (pod) => nodeNameOf(pod) ?? '')
      if (set.metadata.deletionTimestamp) return undefined
      const history = await claimHistory(set, daemonSets, set.spec.selector, context)
      const revision = await syncRevision(
        {
          owner: set,
          resource: daemonSets,
          template: set.spec.template,
          history,
          collisionCount: set.status?.collisionCount,
          hash: () => templateHash(set.spec.template, set.status?.collisionCount),
          hashLabel: revisionHashLabel,
          onCollision: (collisionCount) => client.update(daemonSets, { ...set, status: { ...set.status, collisionCount } }, { subresource: 'status' }),
        },
        context,
      )
      const hash = hashOf(revision)
      let failure: unknown
      if (expectations.satisfied(key)) await sync(set, key, byNode, hash, context).catch((error) => (failure = error))
      await writeStatus(client, daemonSets, set, daemonSetStatus(set, cache(nodes).list(), byNode, hash, clock.now()))
      if (failure) throw failure
      const isUsed = (each: ControllerRevision): boolean => own.some((pod) => isCurrent(pod, hashOf(each)))
      // Of what is kept, the older ones that pods still are of are a part.
      const olderUsed = history.filter((each) => hashOf(each) !== hash && isUsed(each)).length
      const limit = (set.spec.revisionHistoryLimit ?? 10) - olderUsed
      await trimHistory(history, (each) => hashOf(each) === hash || isUsed(each), limit, context)
      const waitMs = nextAvailabilityMs(own, set.spec.minReadySeconds ?? 0, nowMs)
      return waitMs === undefined ? undefined : { requeueAfterMs: waitMs }
    },
  }
}

/** Where a pod is missing, and which have no business where they are. */
function place(
  set: DaemonSet,
  all: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
  surge: number,
  { clock, events }: ControllerContext,
): { create: string[]; remove: Pod[] } {
  const create: string[] = []
  const remove: Pod[] = []
  const known = new Set(all.map(({ metadata }) => metadata.name))
  for (const node of all) {
    const { shouldRun, mayStay } = fitOf(set, node)
    const pods = (byNode.get(node.metadata.name) ?? []).filter(({ metadata }) => !metadata.deletionTimestamp)
    const leaving = (byNode.get(node.metadata.name) ?? []).length > pods.length
    if (!mayStay) {
      remove.push(...pods)
      continue
    }
    const ended = pods.filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
    for (const pod of ended) {
      const how = pod.status?.phase === 'Failed' ? 'failed' : 'succeeded'
      const message = `Found ${how} daemon pod ${keyOf(pod)} on node ${node.metadata.name}, will try to ${how === 'failed' ? 'kill' : 'delete'} it`
      events.event(set, how === 'failed' ? 'Warning' : 'Normal', how === 'failed' ? 'FailedDaemonPod' : 'SucceededDaemonPod', message)
      remove.push(pod)
    }
    const running = pods.filter((pod) => !ended.includes(pod))
    if (running.length === 0 && ended.length === 0 && !leaving && shouldRun) create.push(node.metadata.name)
    if (running.length > 1) remove.push(...surplus(running, hash, surge, set.spec.minReadySeconds ?? 0, clock.now()))
  }
  for (const [name, pods] of byNode)
    if (name === '' || !known.has(name)) remove.push(...pods.filter(({ metadata, spec }) => !metadata.deletionTimestamp && !spec.nodeName))
  return { create, remove }
}

/** Of several on one node the oldest stays; while surging an old and a new one may stand together. */
function surplus(running: readonly Pod[], hash: string, surge: number, minReadySeconds: number, nowMs: number): Pod[] {
  const oldest = (list: readonly Pod[]) => [...list].sort((a, b) => (a.metadata.creationTimestamp! < b.metadata.creationTimestamp! ? -1 : 1))
  if (surge === 0) return oldest(running).slice(1)
  const fresh = oldest(running.filter((pod) => isCurrent(pod, hash)))
  const old = oldest(running.filter((pod) => !isCurrent(pod, hash)))
  const replaced = fresh[0] !== undefined && isPodAvailable(fresh[0], minReadySeconds, nowMs)
  return [...fresh.slice(1), ...old.slice(replaced ? 0 : 1)]
}

function nodeView({ metadata, spec }: Node): string {
  return JSON.stringify([metadata.labels, spec?.taints])
}
