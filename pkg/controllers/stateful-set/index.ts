/**
 * StatefulSet: pods with stable names and claims, made and updated in order.
 * In: StatefulSets, pods, claims, ControllerRevisions. Out: pods, claims, ControllerRevisions, status. Upstream: pkg/controller/statefulset.
 */
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '#api/gen/apps/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { selectorOf } from '#client/selector.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { claim } from '../workload/claim.ts'
import { controllerIndex, controllerKey, controllerOf } from '../workload/owner.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { isPodAvailable, isPodReady, nextAvailabilityMs } from '../workload/pod-state.ts'
import { claimHistory, revisionHashLabel, syncRevision, templateOf, trimHistory } from '../workload/revisions.ts'
import { revisionHash } from '../workload/template-hash.ts'
import { writeStatus } from '../workload/status-write.ts'
import { ordinalOf, replicasOf } from './identity.ts'
import { Steps } from './steps.ts'

export function statefulSetController(): Controller {
  return {
    name: 'statefulset-controller',
    account: 'statefulset-controller',
    inputs: [
      input(statefulSets, { keys: (set) => [keyOf(set)] }),
      input(pods, { keys: keysOfPod, indexes: { controller: controllerIndex } }),
      input(persistentVolumeClaims),
      input(controllerRevisions, { indexes: { controller: controllerIndex } }),
    ],
    outputs: [
      output(statefulSets, 'status'),
      output(pods, 'object', { shared: true }),
      output(persistentVolumeClaims, 'object', { shared: true }),
      output(controllerRevisions, 'object', { shared: true }),
    ],
    reconcile,
  }
}

function keysOfPod(pod: Pod, change: Change, previous: Pod | undefined, { cache }: ControllerContext): string[] {
  const keys = [controllerKey(pod, statefulSets), previous && controllerKey(previous, statefulSets)]
  const adopters =
    controllerOf(pod) || change === 'delete'
      ? []
      : cache(statefulSets)
          .list(pod.metadata.namespace)
          .filter((set) => selectorOf(set.spec.selector)(pod.metadata.labels))
  return [...new Set([...keys, ...adopters.map(keyOf)].filter((each) => each !== undefined))]
}

async function reconcile(key: string, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const { client, cache, clock } = context
  const set = cache(statefulSets).byKey(key)
  if (!set) return undefined
  // Of the moment before anything is decided: what becomes available meanwhile has to be looked at again.
  const nowMs = clock.now()
  const podCache = cache(pods)
  const candidates = [...podCache.byIndex('controller', set.metadata.uid), ...podCache.byIndex('controller', `orphan/${set.metadata.namespace}`)]
  const own = await claim(candidates, {
    client,
    resource: pods,
    owner: set,
    ownerResource: statefulSets,
    matches: selectorOf(set.spec.selector),
    mayAdopt: (pod) => ordinalOf(set, pod) >= 0,
  })
  if (set.metadata.deletionTimestamp) return undefined
  const history = await claimHistory(set, statefulSets, set.spec.selector, context)
  const update = await syncRevision(
    {
      owner: set,
      resource: statefulSets,
      template: set.spec.template,
      history,
      collisionCount: set.status?.collisionCount,
      hash: (data) => revisionHash(data, set.status?.collisionCount ?? 0),
      hashLabel: 'controller.kubernetes.io/hash',
      onCollision: (collisionCount) => client.update(statefulSets, { ...set, status: { ...set.status, collisionCount } }, { subresource: 'status' }),
    },
    context,
  )
  const current = history.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
  const revisions = {
    current: { name: current.metadata.name, template: templateOf(current) },
    update: { name: update.metadata.name, template: templateOf(update) },
  }
  let failure: unknown
  try {
    await new Steps(set, own, revisions, context).run()
  } catch (error) {
    if (!isNamespaceTerminating(error)) failure = error
  }
  await writeStatus(client, statefulSets, set, statusOf(set, own, current, update, clock.now()))
  if (failure) throw failure
  const used = new Set([current.metadata.name, update.metadata.name, ...own.map(({ metadata }) => metadata.labels?.[revisionHashLabel])])
  await trimHistory(history, ({ metadata }) => used.has(metadata.name), set.spec.revisionHistoryLimit ?? 10, context)
  const waitMs = nextAvailabilityMs(own, set.spec.minReadySeconds ?? 0, nowMs)
  return waitMs === undefined ? undefined : { requeueAfterMs: waitMs }
}

function statusOf(set: StatefulSet, own: readonly Pod[], current: ControllerRevision, update: ControllerRevision, nowMs: number): StatefulSetStatus {
  const created = own.filter(({ status }) => status?.phase !== undefined)
  const ready = created.filter((pod) => isPodReady(pod) && pod.status?.phase === 'Running')
  const of = ({ metadata }: ControllerRevision) =>
    created.filter((pod) => !pod.metadata.deletionTimestamp && pod.metadata.labels?.[revisionHashLabel] === metadata.name).length
  const updated = of(update)
  const rolling = set.spec.updateStrategy?.type !== 'OnDelete'
  // All are new and ready: what was the update is now the state.
  const complete = rolling && updated === replicasOf(set) && created.length === updated && ready.length === updated
  const { collisionCount, conditions } = set.status ?? {}
  return {
    observedGeneration: set.metadata.generation,
    replicas: created.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length,
    currentReplicas: complete ? updated : of(current),
    updatedReplicas: updated,
    currentRevision: complete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: collisionCount ?? 0,
    ...(conditions ? { conditions } : {}),
  }
}
