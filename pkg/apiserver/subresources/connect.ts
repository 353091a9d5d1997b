/** Requests that pass through to a kubelet, a pod or a service, after admission has seen them. */
import { badRequest, notFound } from '#apimachinery/status-error.ts'
import type { ConnectHandler } from '../connect/types.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { type Operation, resourceOf } from '../registry/operation.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'
import { connectOptions } from './connect-options.ts'

/** Proxies take every method. */
const methods: Readonly<Record<string, readonly string[]>> = {
  log: ['GET', 'HEAD'],
  exec: ['GET', 'POST'],
  attach: ['GET', 'POST'],
  portforward: ['GET', 'POST'],
}

export async function connect(operation: Operation, handler: ConnectHandler): Promise<ApiResponse> {
  const { parts, view, namespace, name, request, subresource } = operation
  if (subresource !== 'proxy' && !(methods[subresource] ?? []).includes(request.method)) throw notAllowedHere()
  if (subresource !== 'log') {
    if (request.query.has('dryRun')) throw badRequest('dryRun is not supported')
    const object = connectOptions(view.definition.plural, subresource, request)
    const attributes = attributesOf(operation, { operation: 'CONNECT', dryRun: false, object, kind: { group: '', version: 'v1', kind: object.kind! } })
    await mutate(operation, attributes)
    await check(operation, attributes)
  } else {
    await parts.hub.fresh()
    if (!view.cache.get(view.key(namespace, name))) throw notFound(resourceOf(operation), name)
  }
  return handler(request)
}
