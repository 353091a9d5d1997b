/** Asks the authorizer; what it does not allow is refused with upstream's words. */
import { forbiddenError } from '../authz/forbidden.ts'
import { internalError } from '../response.ts'
import type { Authorizer, AuthorizerAttributes, Filter, RequestContext } from '../types.ts'

export function authorize(authorizer: () => Authorizer): Filter {
  return async (request, next) => {
    const attributes = attributesOf(request.context, request.query)
    const { decision, reason, error } = await authorizer().authorize(attributes)
    const { audit } = request.context
    if (decision !== 'allow' && error !== undefined) {
      audit?.annotate('authorization.k8s.io/reason', 'internal error')
      return internalError(request, error)
    }
    audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid')
    audit?.annotate('authorization.k8s.io/reason', reason)
    if (decision !== 'allow') throw forbiddenError(attributes, reason)
    return next(request)
  }
}

export function attributesOf({ info, user }: RequestContext, query?: URLSearchParams): AuthorizerAttributes {
  const { verb, isResourceRequest, path, group, version, resource, subresource, namespace, name } = info
  const selects = ['list', 'watch', 'deletecollection'].includes(verb)
  const fieldSelector = selects && query?.get('fieldSelector')
  const labelSelector = selects && query?.get('labelSelector')
  return {
    user,
    verb,
    isResourceRequest,
    path,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  }
}
