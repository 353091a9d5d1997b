/** The refusal of an unauthorized request, in upstream's words. */
import { forbidden, type StatusError } from '#apimachinery/status-error.ts'
import type { AuthorizerAttributes } from '../types.ts'

export function forbiddenError(attributes: AuthorizerAttributes, reason = ''): StatusError {
  const message = forbiddenMessage(attributes)
  const why = reason === '' ? message : `${message}: ${reason}`
  if (!attributes.isResourceRequest) return forbidden({ group: '', resource: '' }, '', why)
  return forbidden({ group: attributes.group, resource: attributes.resource }, attributes.name, why)
}

/** `User "x" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function forbiddenMessage({ user, verb, isResourceRequest, path, group, resource, subresource, namespace }: AuthorizerAttributes): string {
  const who = `User ${JSON.stringify(user.name)}`
  if (!isResourceRequest) return `${who} cannot ${verb} path ${JSON.stringify(path)}`
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return `${who} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
}
