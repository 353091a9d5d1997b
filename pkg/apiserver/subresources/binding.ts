/** POST pods/NAME/binding: the scheduler puts a pod on a node. */
import { rfc3339 } from '#base/clock.ts'
import { type Binding, BindingSchema, type Pod, type PodCondition, PodConditionSchema } from '#api/gen/core/v1.ts'
import { normalize } from '#apimachinery/codec/index.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { aggregateText, badRequest, conflict, StatusError } from '#apimachinery/status-error.ts'
import { notSupported, path, required, toCauses, type FieldError } from '#apimachinery/field-error.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { placeInNamespace } from '../registry/create.ts'
import { type Operation, resourceOf, writeOptions } from '../registry/operation.ts'
import { change, preconditionFailed } from '../registry/update.ts'
import { jsonResponse } from '../response.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'

const kind = { group: '', version: 'v1', kind: 'Binding', schema: BindingSchema }

export async function bindPod(operation: Operation): Promise<ApiResponse> {
  if (operation.request.context.info.verb !== 'create') throw notAllowedHere()
  return bind(operation, await given(operation))
}

/** POST bindings, where the object itself says which pod. */
export async function bindNamed(operation: Operation): Promise<ApiResponse> {
  const binding = await given(operation)
  const { name } = binding.metadata
  if (!name) throw badRequest('Name parameter required.')
  // This is no subresource, and elsewhere only the server says which object is meant.
  binding.metadata.uid = ''
  return bind({ ...operation, name }, binding)
}

async function given(operation: Operation): Promise<Binding> {
  const { fieldValidation } = writeOptions(operation, 'CreateOptions')
  const binding = decodeAs<Binding>(kind, await operation.request.body(), bodyFormat(operation.request), fieldValidation, (text) => operation.warn(text))
  binding.metadata ??= {} as Binding['metadata']
  placeInNamespace(operation, binding)
  return binding
}

async function bind(operation: Operation, binding: Binding): Promise<ApiResponse> {
  const { name, parts } = operation
  if (binding.metadata.name !== name) throw badRequest('name in URL does not match name in Binding object')
  const errors = validate(binding)
  // An aggregate of errors is no API error to upstream, so its status is the server's fault.
  if (errors.length > 0) throw new StatusError({ code: 500, reason: '', message: aggregateText(toCauses(errors)) })
  const options = writeOptions(operation, 'CreateOptions')
  const attributes = attributesOf(operation, { operation: 'CREATE', object: binding, dryRun: options.dryRun, kind })
  await mutate(operation, attributes)
  await check(operation, attributes)
  // Two schedulers may race; the pod's own state decides, not a version the binder never saw. As upstream, nobody owns what a binding sets.
  const how = { createIfMissing: false, asItIs: true, unconditional: true, tracked: true, defaulted: true }
  await change(operation, options, (old) => assign(operation, options.dryRun, cloneJson(old as Pod), binding, parts.clock.now()), how)
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function validate({ target }: Binding): FieldError[] {
  const errors: FieldError[] = []
  if (target.kind && target.kind !== 'Node') errors.push(notSupported(path('target', 'kind'), target.kind, ['Node', '<empty>']))
  if (!target.name) errors.push(required(path('target', 'name')))
  return errors
}

function assign(operation: Operation, dryRun: boolean, pod: Pod, { target, metadata }: Binding, now: number): Pod {
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, pod.metadata.name, why)
  for (const [field, what] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const [wanted, found] = [metadata[field], pod.metadata[field]]
    if (wanted && wanted !== found) throw conflict(resourceOf(operation), operation.name, preconditionFailed(operation, dryRun, what, wanted, found ?? ''))
  }
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${pod.metadata.name} is being deleted, cannot be assigned to a host`)
  if (pod.spec.nodeName) throw refuse(`pod ${pod.metadata.name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${pod.metadata.name} has non-empty .spec.schedulingGates`)
  pod.spec.nodeName = target.name!
  // What was only expected is settled (ClearingNominatedNodeNameAfterBinding).
  delete pod.status.nominatedNodeName
  if (metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations }
  if (metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels }
  const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  const before = pod.status.conditions?.find(({ type }) => type === 'PodScheduled')
  const lastTransitionTime = before?.status === 'True' && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(now)
  pod.status.conditions = [...conditions, normalize<PodCondition>(PodConditionSchema, { type: 'PodScheduled', status: 'True', lastTransitionTime })]
  return pod
}
