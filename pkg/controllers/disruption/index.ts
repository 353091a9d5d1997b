/**
 * Disruption: how many of a PodDisruptionBudget's pods may be evicted now.
 * In: PodDisruptionBudgets, pods, their controllers. Out: PodDisruptionBudget status. Upstream: pkg/controller/disruption.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/gen/policy/v1.ts'
import { deployments, podDisruptionBudgets, pods, replicaSets, replicationControllers, statefulSets } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { rfc3339 } from '#base/clock.ts'
import { selectorOf } from '#client/selector.ts'
import { type Change, type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { scaledValue } from '../deployment/arithmetic.ts'
import { controllerOf } from '../workload/owner.ts'
import { isPodReady, isPodTerminal } from '../workload/pod-state.ts'
import { writeStatus } from '../workload/status-write.ts'

/** An eviction that was granted and not carried out counts this long. */
const evictionTimeoutMs = 120_000

export function disruptionController(): Controller {
  const scaled = (object: { metadata: Pod['metadata'] }, _change: Change, _previous: unknown, { cache }: ControllerContext): string[] =>
    cache(podDisruptionBudgets).list(object.metadata.namespace).map(keyOf)
  return {
    name: 'disruption-controller',
    account: 'disruption-controller',
    eventSource: 'controllermanager',
    inputs: [
      input(podDisruptionBudgets, { keys: (budget) => [keyOf(budget)] }),
      input(pods, {
        keys: (pod, _change, previous, { cache }) =>
          cache(podDisruptionBudgets)
            .list(pod.metadata.namespace)
            .filter(({ spec }) => selectorOf(spec.selector)(pod.metadata.labels) || (previous && selectorOf(spec.selector)(previous.metadata.labels)))
            .map(keyOf),
      }),
      input(deployments, { keys: scaled }),
      input(replicaSets),
      input(replicationControllers, { keys: scaled }),
      input(statefulSets, { keys: scaled }),
    ],
    outputs: [output(podDisruptionBudgets, 'status')],
    async reconcile(key, context) {
      const { cache, client, clock, events } = context
      const budget = cache(podDisruptionBudgets).byKey(key)
      if (!budget) return undefined
      const matches = selectorOf(budget.spec.selector)
      const selected = cache(pods)
        .list(budget.metadata.namespace)
        .filter((pod) => matches(pod.metadata.labels) && !isPodTerminal(pod))
      if (selected.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
      const now = clock.now()
      const disrupted = pendingEvictions(budget, selected, now)
      const status = statusOf(budget, selected, disrupted, context)
      await writeStatus(client, podDisruptionBudgets, budget, status)
      const ends = Object.values(disrupted).map((at) => Date.parse(at) + evictionTimeoutMs - now)
      return ends.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...ends)) } : undefined
    },
  }
}

/** Evictions the API server granted whose pods have not begun to go yet. */
function pendingEvictions({ status }: PodDisruptionBudget, selected: readonly Pod[], nowMs: number): Record<string, string> {
  const entries = Object.entries(status?.disruptedPods ?? {}).filter(([name, at]) => {
    const pod = selected.find(({ metadata }) => metadata.name === name)
    return pod && !pod.metadata.deletionTimestamp && Date.parse(at) + evictionTimeoutMs > nowMs
  })
  return Object.fromEntries(entries)
}

function statusOf(
  budget: PodDisruptionBudget,
  selected: readonly Pod[],
  disrupted: Record<string, string>,
  context: ControllerContext,
): PodDisruptionBudgetStatus {
  const { minAvailable, maxUnavailable } = budget.spec
  let expected = selected.length
  let desired = 0
  let failure: string | undefined
  if (maxUnavailable !== undefined || typeof minAvailable === 'string') {
    const scale = expectedScale(selected, context)
    if (typeof scale === 'string') failure = scale
    else {
      expected = scale
      desired = maxUnavailable !== undefined ? Math.max(0, expected - scaledValue(maxUnavailable, expected, true)) : scaledValue(minAvailable, expected, true)
    }
  } else desired = typeof minAvailable === 'number' ? minAvailable : 1
  const healthy = selected.filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disrupted)).length
  const allowed = failure || expected <= 0 ? 0 : Math.max(0, healthy - desired)
  const [status, reason, message] = failure
    ? (['False', 'SyncFailed', failure] as const)
    : allowed > 0
      ? (['True', 'SufficientPods', ''] as const)
      : (['False', 'InsufficientPods', ''] as const)
  const { generation } = budget.metadata
  const before = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339(context.clock.now())
  const condition = { type: 'DisruptionAllowed', status, reason, message, observedGeneration: generation, lastTransitionTime }
  return {
    observedGeneration: generation,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [...(budget.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed'), condition],
  } as PodDisruptionBudgetStatus
}

/** The sum of what the pods' controllers want; a text when a pod has none that we can ask. */
function expectedScale(selected: readonly Pod[], { cache }: ControllerContext): number | string {
  const scales = new Map<string, number>()
  for (const pod of selected) {
    const reference = controllerOf(pod)
    const { namespace } = pod.metadata
    if (!reference) return `found no controllers for pod "${pod.metadata.name}"`
    const set = reference.kind === 'ReplicaSet' ? cache(replicaSets).get(namespace, reference.name) : undefined
    const above = set && controllerOf(set)
    const deployment = above?.kind === 'Deployment' ? cache(deployments).get(namespace, above.name) : undefined
    const other =
      reference.kind === 'StatefulSet' ? cache(statefulSets) : reference.kind === 'ReplicationController' ? cache(replicationControllers) : undefined
    const owner = deployment ?? set ?? other?.get(namespace, reference.name)
    if (!owner) return `found no controller ref for pod "${pod.metadata.name}"`
    scales.set(owner.metadata.uid, owner.spec.replicas ?? 1)
  }
  return [...scales.values()].reduce((sum, each) => sum + each, 0)
}
