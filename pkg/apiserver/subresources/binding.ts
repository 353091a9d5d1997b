/** POST pods/NAME/binding: the scheduler puts a pod on a node. */
import { rfc3339 } from '#base/clock.ts'
import { type Binding, BindingSchema, type Pod } from '#api/gen/core/v1.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { badRequest, conflict, invalid } from '#apimachinery/status-error.ts'
import { notSupported, path, required, toCauses, type FieldError } from '#apimachinery/field-error.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { type Operation, writeOptions } from '../registry/operation.ts'
import { change } from '../registry/update.ts'
import { jsonResponse } from '../response.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'

const kind = { group: '', version: 'v1', kind: 'Binding', schema: BindingSchema }

export async function bindPod(operation: Operation): Promise<ApiResponse> {
  const { request, name, parts } = operation
  if (request.context.info.verb !== 'create') throw notAllowedHere()
  const options = writeOptions(operation, 'CreateOptions')
  const binding = decodeAs<Binding>(kind, await request.body(), bodyFormat(request), options.fieldValidation, (text) => operation.warn(text))
  binding.metadata ??= {} as Binding['metadata']
  binding.metadata.name ||= name
  if (binding.metadata.name !== name) throw badRequest(`name in URL does not match name in Binding object: ${name} ${binding.metadata.name}`)
  binding.metadata.namespace ||= operation.namespace
  const errors = validate(binding)
  if (errors.length > 0) throw invalid({ group: '', kind: 'Binding' }, name, toCauses(errors))
  const attributes = attributesOf(operation, { operation: 'CREATE', object: binding, dryRun: options.dryRun, kind })
  await mutate(operation, attributes)
  await check(operation, attributes)
  // Two schedulers may race; the pod's own state decides, not a version the binder never saw. As upstream, nobody owns what a binding sets.
  const how = { createIfMissing: false, strategy: {}, unconditional: true, tracked: true, defaulted: true }
  await change(operation, options, (old) => assign(cloneJson(old as Pod), binding, parts.clock.now()), how)
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function validate({ target }: Binding): FieldError[] {
  const errors: FieldError[] = []
  if (target.kind && target.kind !== 'Node') errors.push(notSupported(path('target', 'kind'), target.kind, ['Node', '<empty>']))
  if (!target.name) errors.push(required(path('target', 'name')))
  return errors
}

function assign(pod: Pod, { target, metadata }: Binding, now: number): Pod {
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, pod.metadata.name, why)
  if (metadata.uid && metadata.uid !== pod.metadata.uid) {
    throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata.uid}`)
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
  pod.status.conditions = [
    ...conditions,
    {
      type: 'PodScheduled',
      status: 'True',
      lastTransitionTime: before?.status === 'True' && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(now),
    },
  ] as NonNullable<Pod['status']['conditions']>
  return pod
}
