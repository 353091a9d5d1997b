/** Kinds that are answered and never stored: reviews. */
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { methodNotSupported, notFound, StatusError } from '#apimachinery/status-error.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { negotiate } from '../negotiation.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { type Operation, writeOptions } from '../registry/operation.ts'
import { encoded } from '../registry/output.ts'
import { makeTable } from '../registry/table.ts'
import { nobodysPath, notAllowedHere } from '../response.ts'
import type { ApiRequest, ApiResponse } from '../types.ts'
import type { RegistryOptions } from '../registry/registry.ts'

export async function answerVirtual(
  request: ApiRequest,
  definition: ResourceDefinition,
  options: Pick<RegistryOptions, 'virtual' | 'parts'>,
): Promise<ApiResponse> {
  const { info, user } = request.context
  const { group, plural } = definition
  if (plural === 'componentstatuses') return componentStatuses(request, definition)
  if (info.name !== '') throw nobodysPath()
  if (info.verb !== 'create') throw notAllowedHere()
  const handler = options.virtual()[`${group}/${plural}`]
  if (!handler) throw notServed(plural)
  const write = writeOptions({ request }, 'CreateOptions')
  const bytes = await request.body()
  const object = decodeAs<any>(definition, bytes, bodyFormat(request), write.fieldValidation, (text) => request.context.warnings.push(text))
  if (definition.namespaced) object.metadata.namespace ||= info.namespace
  definition.defaults?.(object)
  request.context.audit?.asked(omitEmpty(definition.schema, object))
  const { parts } = options
  if (object.metadata)
    parts.fields.track(definition, object, undefined, { manager: write.fieldManager, subresource: '', nowMs: parts.clock.now(), kinds: parts.kinds })
  const { warnings } = request.context
  const of = { request, definition, parts, user, namespace: info.namespace, name: '', subresource: '', warn: (text: string) => void warnings.push(text) }
  const attributes = attributesOf(of as unknown as Operation, { operation: 'CREATE', object, dryRun: write.dryRun })
  await mutate(of as unknown as Operation, attributes)
  // Upstream's reviews of access pass over what validates.
  if (!plural.endsWith('accessreviews')) await check(of as unknown as Operation, attributes)
  const answer = await handler(object, { user, namespace: info.namespace, name: '' })
  return encoded(201, negotiate(request, { transforms: false, protobuf: true }), answer, definition.schema)
}

export function notServed(what: string): StatusError {
  return new StatusError({ code: 501, reason: 'NotImplemented', message: `${what} is not enabled on this server` })
}

/** Long deprecated; upstream still lists its parts. Here the server itself is what can be told of. */
function componentStatuses(request: ApiRequest, definition: ResourceDefinition): ApiResponse {
  const { info, warnings } = request.context
  if (request.method !== 'GET') throw notAllowedHere()
  warnings.push('v1 ComponentStatus is deprecated in v1.19+')
  request.context.audit?.annotate('k8s.io/deprecated', 'true')
  if (info.verb === 'watch') {
    throw new StatusError({
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'watch is not supported on resources of kind "componentstatuses"',
      details: { kind: 'componentstatuses' },
    })
  }
  const output = negotiate(request, { transforms: true, protobuf: false })
  const show = (object: object, components: readonly object[]): ApiResponse => {
    if (output.as !== 'Table') return encoded(200, output, object)
    return encoded(200, output, makeTable(components as never, { output, includeObject: 'Metadata', now: Date.now(), view: { definition } }, {}))
  }
  const component = (name: string) => ({ metadata: { name }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] })
  if (info.verb === 'list') {
    return show({ kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: [component('etcd-0')] }, [component('etcd-0')])
  }
  if (info.verb === 'get' && info.name === 'etcd-0') {
    return show({ kind: 'ComponentStatus', apiVersion: 'v1', ...component('etcd-0') }, [component('etcd-0')])
  }
  if (info.verb === 'get') throw notFound({ group: '', resource: 'componentstatus' }, info.name)
  throw methodNotSupported({ group: '', resource: 'componentstatuses' }, info.verb)
}
