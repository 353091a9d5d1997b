/**
 * Disruption: how many of a PodDisruptionBudget's pods may be evicted now.
 * In: PodDisruptionBudgets, pods, their controllers. Out: PodDisruptionBudget status. Upstream: pkg/controller/disruption.
 */
import type { Pod, ReplicationController } from '#api/gen/core/v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/gen/policy/v1.ts'
import { deployments, podDisruptionBudgets, pods, replicaSets, replicationControllers, statefulSets } from '#api/gen/resources.ts'
import type { Deployment, ReplicaSet, StatefulSet } from '#api/gen/apps/v1.ts'
import { keyOf, type LabelSelector, type OwnerReference, parseApiVersion } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { selectorOf } from '#client/selector.ts'
import { type Change, type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { scaledValue } from '../deployment/arithmetic.ts'
import { scaleOf, UnknownKindError } from '../horizontal-pod-autoscaler/target.ts'
import { controllerOf } from '../workload/owner.ts'
import { isPodReady } from '../workload/pod-state.ts'
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
        keys: (pod, _change, previous, { cache, events }) => {
          const budgets = cache(podDisruptionBudgets).list(pod.metadata.namespace)
          const now = budgets.filter(({ spec }) => selectorOf(spec.selector)(pod.metadata.labels))
          if (now.length > 1) {
            // The eviction API refuses such a pod; upstream's looks at one of its budgets, ours at each.
            const which = `Pod ${JSON.stringify(pod.metadata.namespace)}/${JSON.stringify(pod.metadata.name)} matches multiple PodDisruptionBudgets.`
            events.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', `${which}  Chose ${JSON.stringify(now[0]!.metadata.name)} arbitrarily.`)
          }
          const before = previous ? budgets.filter(({ spec }) => selectorOf(spec.selector)(previous.metadata.labels)) : []
          return [...new Set([...now, ...before].map(keyOf))]
        },
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
        .filter((pod) => matches(pod.metadata.labels))
      if (selected.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
      const now = clock.now()
      const disrupted = pendingEvictions(budget, selected, now)
      const counted = await expectedOf(budget, selected, context)
      const status = statusOf(budget, selected, disrupted, counted, context)
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

/** How many pods there should be, and how many of them healthy; a text when that cannot be told. */
type Counted = { readonly expected: number; readonly desired: number } | string

async function expectedOf(budget: PodDisruptionBudget, selected: readonly Pod[], context: ControllerContext): Promise<Counted> {
  const { minAvailable, maxUnavailable, selector } = budget.spec
  if (maxUnavailable === undefined && typeof minAvailable !== 'string') return { expected: selected.length, desired: minAvailable ?? 1 }
  const managed = selected.filter(controllerOf)
  let expected: number
  try {
    expected = await expectedScale(managed, context)
  } catch (error) {
    const { message } = error as Error
    context.events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${message}`)
    return message
  }
  if (managed.length < selected.length) {
    const which = `Pods selected by this PodDisruptionBudget (selector: ${selectorDump(selector)}) were found to be unmanaged.`
    const why = 'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior.'
    const remedy = 'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
    context.events.event(budget, 'Warning', 'UnmanagedPods', `${which} ${why} ${remedy}`)
  }
  const desired = maxUnavailable !== undefined ? Math.max(0, expected - scaledValue(maxUnavailable, expected, true)) : scaledValue(minAvailable, expected, true)
  return { expected, desired }
}

function statusOf(
  budget: PodDisruptionBudget,
  selected: readonly Pod[],
  disrupted: Record<string, string>,
  counted: Counted,
  context: ControllerContext,
): PodDisruptionBudgetStatus {
  if (typeof counted === 'string') return failed(budget, counted, context)
  const { expected, desired } = counted
  const healthy = selected.filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disrupted)).length
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired)
  const { generation } = budget.metadata
  const [status, reason] = allowed > 0 ? (['True', 'SufficientPods'] as const) : (['False', 'InsufficientPods'] as const)
  return {
    observedGeneration: generation,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: conditionsWith(budget, { status, reason, message: '', observedGeneration: generation }, context),
  } as PodDisruptionBudgetStatus
}

/** What could not be counted stays as it was; but nobody may go. */
function failed(budget: PodDisruptionBudget, why: string, context: ControllerContext): PodDisruptionBudgetStatus {
  const observedGeneration = budget.status?.observedGeneration
  const words = { status: 'False', reason: 'SyncFailed', message: why, ...(observedGeneration ? { observedGeneration } : {}) }
  return { ...budget.status, disruptionsAllowed: 0, conditions: conditionsWith(budget, words, context) } as PodDisruptionBudgetStatus
}

function conditionsWith({ status }: PodDisruptionBudget, words: Readonly<Record<string, unknown>>, { clock }: ControllerContext): object[] {
  const before = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  const lastTransitionTime = before && before.status === words.status ? before.lastTransitionTime : rfc3339(clock.now())
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed')
  return [...others, { type: 'DisruptionAllowed', ...words, lastTransitionTime }]
}

/** The sum of what the pods' controllers want. Throws for a pod whose controller is not there, or cannot be asked. */
async function expectedScale(managed: readonly Pod[], context: ControllerContext): Promise<number> {
  const scales = new Map<string, number>()
  for (const pod of managed) {
    const reference = controllerOf(pod)!
    if (scales.has(reference.uid)) continue
    const owner = await scaledOwner(reference, pod.metadata.namespace!, context)
    if (!owner) throw new Error(`found no controllers for pod "${pod.metadata.name}"`)
    scales.set(owner.uid, owner.replicas)
  }
  return [...scales.values()].reduce((sum, each) => sum + each, 0)
}

type Scaled = { readonly uid: string; readonly replicas: number }

async function scaledOwner(reference: OwnerReference, namespace: string, { cache, client }: ControllerContext): Promise<Scaled | undefined> {
  const { kind, name, uid, apiVersion } = reference
  const asked = (owner: ReplicaSet | Deployment | StatefulSet | ReplicationController | undefined, of = uid): Scaled | undefined =>
    owner?.metadata.uid === of ? { uid: of, replicas: owner.spec.replicas ?? 1 } : undefined
  const group = parseApiVersion(apiVersion).group
  if (kind === 'ReplicationController' && group === '') return asked(cache(replicationControllers).get(namespace, name))
  if (kind === 'StatefulSet' && group === 'apps') return asked(cache(statefulSets).get(namespace, name))
  if (kind === 'ReplicaSet' && group === 'apps') {
    const set = cache(replicaSets).get(namespace, name)
    const above = set?.metadata.uid === uid ? controllerOf(set) : undefined
    return above?.kind === 'Deployment' ? asked(cache(deployments).get(namespace, above.name), above.uid) : asked(set)
  }
  try {
    const { scale } = await scaleOf(client, namespace, { apiVersion, kind, name })
    return scale.metadata.uid === uid ? { uid, replicas: scale.spec?.replicas ?? 0 } : undefined
  } catch (error) {
    if (error instanceof UnknownKindError) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`, { cause: error })
    if (!isNotFound(error)) throw error
    throw new Error(`${group ? `${kind}.${group}` : kind} "${name}" is not found or does not implement the scale subresource`, { cause: error })
  }
}

/** As Go prints a selector. */
function selectorDump({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1))
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  const entries = labels.map(([key, value]) => `${key}: ${value},`).join('')
  return `&LabelSelector{MatchLabels:map[string]string{${entries}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
