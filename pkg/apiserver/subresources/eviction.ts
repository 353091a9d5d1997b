/** POST pods/NAME/eviction: a deletion that disruption budgets may refuse (KEP "PodDisruptionBudget"; registry/core/pod/storage/eviction.go). */
import { cloneJson } from '#apimachinery/json-value.ts'
import { type Eviction, EvictionSchema, type PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { DeleteOptions } from '#apimachinery/gen/meta-v1.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { badRequest, internalError, methodNotSupported, notFound, StatusError } from '#apimachinery/status-error.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { deleteObject } from '../registry/delete.ts'
import { type Operation, resourceOf, writeOptions } from '../registry/operation.ts'
import type { Registry } from '../registry/registry.ts'
import { change } from '../registry/update.ts'
import type { View } from '../registry/view.ts'
import { jsonResponse } from '../response.ts'
import type { ApiResponse } from '../types.ts'

const kind = { group: 'policy', version: 'v1', kind: 'Eviction', schema: EvictionSchema }
/** A budget's controller that lags remembers at most so many pods on their way out. */
const maxDisruptedPods = 2000

export async function evictPod(operation: Operation, registry: Registry): Promise<ApiResponse> {
  const { request, name, view, namespace, parts } = operation
  if (request.context.info.verb !== 'create') throw methodNotSupported(resourceOf(operation), request.context.info.verb)
  const options = writeOptions(operation, 'CreateOptions')
  const eviction = decodeAs<Eviction>(kind, await request.body(), bodyFormat(request), options.fieldValidation, (text) => operation.warn(text))
  if (eviction.metadata?.name && eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object')
  const deleteOptions: DeleteOptions = { ...eviction.deleteOptions }
  const dryRun = options.dryRun || (deleteOptions.dryRun?.length ?? 0) > 0
  const attributes = attributesOf(operation, { operation: 'CREATE', object: eviction as never, dryRun, kind })
  await mutate(operation, attributes)
  await check(operation, attributes)
  await parts.hub.fresh()
  const stored = view.cache.get(view.key(namespace, name))
  if (!stored) throw notFound(resourceOf(operation), name)
  const pod = view.object(stored) as Pod
  const budgets = registry.viewOf('policy', 'poddisruptionbudgets')
  if (budgets && !canIgnoreBudget(pod)) await spend(operation, registry, budgets, pod, dryRun)
  if (dryRun) deleteOptions.dryRun = ['All']
  deleteOptions.preconditions ??= { uid: pod.metadata.uid }
  await deleteObject({ ...operation, subresource: '' }, deleteOptions)
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function canIgnoreBudget({ status, metadata }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed' || status.phase === 'Pending' || metadata.deletionTimestamp !== undefined
}

async function spend(operation: Operation, registry: Registry, view: View, pod: Pod, dryRun: boolean): Promise<void> {
  const { namespace } = operation
  const budgets = [...view.cache.range(view.prefix(namespace))]
    .map((each) => view.object(each) as PodDisruptionBudget)
    .filter(({ spec }) => selectorFromLabelSelector(spec.selector).matches(pod.metadata.labels))
  if (budgets.length > 1) throw internalError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  const [budget] = budgets
  if (!budget) return
  const running = pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  if (!running) {
    const always = budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow'
    const { currentHealthy, desiredHealthy } = budget.status
    if (always || (currentHealthy >= desiredHealthy && desiredHealthy > 0)) return
  }
  const scoped: Operation = { ...registry.operation(view, operation.request), namespace, name: budget.metadata.name, subresource: 'status' }
  const write = { dryRun, fieldManager: 'kube-apiserver', fieldValidation: 'Ignore', force: false } as const
  await change(scoped, write, (old) => checkAndDecrement(cloneJson(old as PodDisruptionBudget), pod.metadata.name, operation.parts.clock.now()), {
    createIfMissing: false,
  })
}

function checkAndDecrement(budget: PodDisruptionBudget, podName: string, now: number): PodDisruptionBudget {
  const { status, metadata } = budget
  const { name } = metadata
  const refuse = (message: string, cause: string, retryAfterSeconds = 0) =>
    new StatusError({
      code: 429,
      reason: 'TooManyRequests',
      message,
      details: { causes: [{ reason: 'DisruptionBudget', message: cause }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
    })
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refuse(
      "Cannot evict pod as it would violate the pod's disruption budget.",
      `The disruption budget ${name} is still being processed by the server.`,
      10,
    )
  }
  if (status.disruptionsAllowed < 0) throw forbiddenBudget('pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods)
    throw forbiddenBudget('DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (status.disruptionsAllowed === 0) {
    throw refuse(
      "Cannot evict pod as it would violate the pod's disruption budget.",
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    )
  }
  status.disruptionsAllowed--
  status.disruptedPods = { ...status.disruptedPods, [podName]: rfc3339(now) }
  return budget
}

function forbiddenBudget(why: string): StatusError {
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `poddisruptionbudgets.policy is forbidden: ${why}`,
    details: { group: 'policy', kind: 'poddisruptionbudgets' },
  })
}
