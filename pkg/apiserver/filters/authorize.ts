/** Asks the authorizer; what it does not allow is refused with upstream's words. */
import { forbiddenError } from '../authz/forbidden.ts'
import type { Authorizer, AuthorizerAttributes, Filter, RequestContext } from '../types.ts'

export function authorize(authorizer: () => Authorizer): Filter {
  return async (request, next) => {
    const attributes = attributesOf(request.context, request.query)
    const { decision, reason } = await authorizer().authorize(attributes)
    const { audit } = request.context
    audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid')
    audit?.annotate('authorization.k8s.io/reason', reason)
    if (decision !== 'allow') throw forbiddenError(attributes, reason)
    return next(request)
  }
}

export function attributesOf({ info, user }: RequestContext, query?: URLSearchParams): AuthorizerAttributes {
  const { verb, isResourceRequest, path, group, version, resource, subresource, namespace, name } = info
  const fieldSelector = query?.get('fieldSelector')
  const labelSelector = query?.get('labelSelector')
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
