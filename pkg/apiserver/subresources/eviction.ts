/** POST pods/NAME/eviction: a deletion that disruption budgets may refuse (KEP "PodDisruptionBudget"; registry/core/pod/storage/eviction.go). */
import { cloneJson } from '#apimachinery/json-value.ts'
import { type Eviction, EvictionSchema, type PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import { type Pod, type PodCondition, PodConditionSchema } from '#api/gen/core/v1.ts'
import { normalize } from '#apimachinery/codec/index.ts'
import { rfc3339 } from '#base/clock.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { DeleteOptions } from '#apimachinery/gen/meta-v1.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { badRequest, invalid, isConflict, notFound, StatusError } from '#apimachinery/status-error.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { placeInNamespace } from '../registry/create.ts'
import { deleteObject } from '../registry/delete.ts'
import { checkPreconditions } from '../registry/remove.ts'
import { type Operation, resourceOf, writeOptions } from '../registry/operation.ts'
import type { Registry } from '../registry/registry.ts'
import { change } from '../registry/update.ts'
import { jsonResponse } from '../response.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'

const kind = { group: 'policy', version: 'v1', kind: 'Eviction', schema: EvictionSchema }
/** The same in both versions. */
const olderKind = { ...kind, version: 'v1beta1' }
/** A budget's controller that lags remembers at most so many pods on their way out. */
const maxDisruptedPods = 2000

export async function evictPod(operation: Operation, registry: Registry): Promise<ApiResponse> {
  const { request, name } = operation
  if (request.context.info.verb !== 'create') throw notAllowedHere()
  const options = writeOptions(operation, 'CreateOptions')
  const bytes = await request.body()
  // What speaks of the older version anywhere may be of it.
  const read = (of: typeof kind) => decodeAs<Eviction>(of, bytes, bodyFormat(request), options.fieldValidation, (text) => operation.warn(text))
  const eviction = Buffer.from(bytes).includes('policy/v1beta1') ? readEither(read) : read(kind)
  eviction.metadata ??= {} as Eviction['metadata']
  placeInNamespace(operation, eviction as never)
  if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object')
  if (eviction.deleteOptions?.ignoreStoreReadErrorWithClusterBreakingPotential) {
    const at = path('deleteOptions', 'ignoreStoreReadErrorWithClusterBreakingPotential')
    throw invalid(kind, name, toCauses([invalidValue(at, true, 'can not be set for pod eviction, try after removing the option')]))
  }
  const deletion = deletionOf(eviction, options.dryRun)
  const dryRun = (deletion.dryRun?.length ?? 0) > 0
  const attributes = attributesOf(operation, { operation: 'CREATE', object: eviction as never, dryRun, kind })
  await mutate(operation, attributes)
  await check(operation, attributes)
  await evict(operation, registry, deletion)
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function readEither(read: (of: typeof kind) => Eviction): Eviction {
  try {
    return read(olderKind)
  } catch {
    return read(kind)
  }
}

/** A dry run may be asked for in the request, in the eviction (as kubectl drain does), or in both. */
function deletionOf({ deleteOptions }: Eviction, dryRun: boolean): DeleteOptions {
  return { ...deleteOptions, ...(dryRun ? { dryRun: ['All'] } : {}) }
}

async function evict(operation: Operation, registry: Registry, asked: DeleteOptions): Promise<void> {
  const versionAsked = asked.preconditions?.resourceVersion !== undefined
  for (let attempt = 1; ; attempt++) {
    const pod = await presentPod(operation)
    // What has ended, goes already or never began disrupts nobody.
    if (!canIgnoreBudget(pod)) return evictGuarded(operation, registry, pod, asked)
    const isGoing = pod.metadata.deletionTimestamp !== undefined
    try {
      return await tellAndDelete(operation, isGoing || versionAsked ? asked : atVersion(asked, pod))
    } catch (error) {
      if (!isConflict(error) || versionAsked || attempt >= maxAttempts) throw error
    }
  }
}

const maxAttempts = 20

async function presentPod(operation: Operation): Promise<Pod> {
  const { view, parts, namespace, name } = operation
  const stored = await parts.objects.get(view, view.key(namespace, name))
  if (!stored) throw notFound(resourceOf(operation), name)
  return view.object(stored) as Pod
}

async function evictGuarded(operation: Operation, registry: Registry, pod: Pod, asked: DeleteOptions): Promise<void> {
  const budget = budgetOf(operation, registry, pod)
  const isUnguarded = budget !== undefined && !isReady(pod) && letsUnhealthyGo(budget)
  if (budget && !isUnguarded) await spend(operation, registry, budget, pod, (asked.dryRun?.length ?? 0) > 0)
  // An unwell pod goes without the budget's leave only as it was seen: it may have become well.
  const deletion = isUnguarded && asked.preconditions?.resourceVersion === undefined ? atVersion(asked, pod) : asked
  try {
    await tellAndDelete(operation, deletion)
  } catch (error) {
    if (isUnguarded && deletion !== asked && isConflict(error)) throw stillProcessed(budget.metadata.name)
    throw error
  }
}

function atVersion(options: DeleteOptions, { metadata }: Pod): DeleteOptions {
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: metadata.resourceVersion! } }
}

/** The pod says why it goes (KEP-3329), then it is deleted. */
async function tellAndDelete(operation: Operation, options: DeleteOptions): Promise<void> {
  let { preconditions } = options
  if ((options.dryRun?.length ?? 0) === 0) {
    const tell = (old: KubeObject | undefined) => {
      checkPreconditions({ ...operation, definition: { ...operation.definition, kind: 'Pod' } }, old!, preconditions)
      return withDisruption(cloneJson(old as Pod), operation.parts.clock.now())
    }
    const status: Operation = { ...operation, subresource: 'status' }
    const how = { createIfMissing: false, unconditional: true, tracked: true, defaulted: true }
    const { object } = await change(status, { dryRun: false, fieldManager: '', fieldValidation: 'Ignore', force: false }, tell, how)
    if (preconditions?.resourceVersion !== undefined) preconditions = { ...preconditions, resourceVersion: String(object.revision) }
  }
  await deleteObject({ ...operation, subresource: '' }, { ...options, ...(preconditions ? { preconditions } : {}) })
}

function withDisruption(pod: Pod, now: number): Pod {
  const others = (pod.status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const before = pod.status.conditions?.find(({ type }) => type === 'DisruptionTarget')
  const lastTransitionTime = before?.status === 'True' && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(now)
  const condition = { type: 'DisruptionTarget', status: 'True', lastTransitionTime, reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }
  pod.status.conditions = [...others, normalize<PodCondition>(PodConditionSchema, condition)]
  return pod
}

function canIgnoreBudget({ status, metadata }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed' || status.phase === 'Pending' || metadata.deletionTimestamp !== undefined
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

function letsUnhealthyGo({ spec, status: { currentHealthy, desiredHealthy } }: PodDisruptionBudget): boolean {
  return spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0)
}

function budgetOf({ namespace }: Operation, registry: Registry, pod: Pod): PodDisruptionBudget | undefined {
  const view = registry.viewOf('policy', 'poddisruptionbudgets')
  if (!view) return undefined
  const budgets = [...view.cache.range(view.prefix(namespace))]
    .map((each) => view.object(each) as PodDisruptionBudget)
    .filter(({ spec }) => selectorFromLabelSelector(spec.selector).matches(pod.metadata.labels))
  if (budgets.length <= 1) return budgets[0]
  throw new StatusError({ code: 500, reason: '', message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.' })
}

async function spend(operation: Operation, registry: Registry, { metadata }: PodDisruptionBudget, pod: Pod, dryRun: boolean): Promise<void> {
  const view = registry.viewOf('policy', 'poddisruptionbudgets')!
  const { name, namespace } = metadata
  const scoped: Operation = { ...registry.operation(view, operation.request), namespace: namespace ?? '', name, subresource: 'status' }
  const write = { dryRun, fieldManager: 'kube-apiserver', fieldValidation: 'Ignore', force: false } as const
  const decrement = (old: KubeObject | undefined) => checkAndDecrement(cloneJson(old as PodDisruptionBudget), pod.metadata.name, operation.parts.clock.now())
  await change(scoped, write, decrement, { createIfMissing: false, attempts: maxAttempts })
}

function checkAndDecrement(budget: PodDisruptionBudget, podName: string, now: number): PodDisruptionBudget {
  const { status, metadata } = budget
  const { name } = metadata
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw stillProcessed(name)
  if (status.disruptionsAllowed < 0) throw forbiddenBudget(name, 'pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods)
    throw forbiddenBudget(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (status.disruptionsAllowed === 0) throw tooManyEvictions(whyNot(budget))
  status.disruptionsAllowed--
  if (status.disruptionsAllowed === 0) status.conditions = withInsufficientPods(status, now)
  status.disruptedPods = { ...status.disruptedPods, [podName]: rfc3339(now) }
  return budget
}

function whyNot({ metadata: { name }, status }: PodDisruptionBudget): string {
  const condition = status.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  if (condition?.reason === 'SyncFailed')
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`
  if (status.currentHealthy <= status.desiredHealthy)
    return `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`
  const why = condition?.status === 'False' && condition.message ? ` (${condition.reason}): ${condition.message}` : ''
  return `The disruption budget ${name} does not allow evicting pods currently${why}`
}

function withInsufficientPods(
  { conditions = [], observedGeneration }: PodDisruptionBudget['status'],
  now: number,
): PodDisruptionBudget['status']['conditions'] {
  const before = conditions.find(({ type }) => type === 'DisruptionAllowed')
  const lastTransitionTime = before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(now)
  const condition = { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '', lastTransitionTime }
  const others = conditions.filter(({ type }) => type !== 'DisruptionAllowed')
  return [...others, { ...condition, ...(observedGeneration === undefined ? {} : { observedGeneration }) }]
}

function stillProcessed(name: string): StatusError {
  return tooManyEvictions(`The disruption budget ${name} is still being processed by the server.`, 10)
}

function tooManyEvictions(cause: string, retryAfterSeconds = 0): StatusError {
  return new StatusError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message: cause }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
  })
}

function forbiddenBudget(name: string, why: string): StatusError {
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `poddisruptionbudget.policy ${JSON.stringify(name)} is forbidden: ${why}`,
    details: { name, group: 'policy', kind: 'poddisruptionbudget' },
  })
}
