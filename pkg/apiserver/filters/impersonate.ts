/** `Impersonate-User` and its kin: the caller acts as another, when it may. */
import { impersonate as impersonated } from '../authn/impersonation.ts'
import type { Authorizer, Filter } from '../types.ts'

export function impersonate(authorizer: () => Authorizer): Filter {
  return async (request, next) => {
    const user = await impersonated(request, request.context.user, authorizer())
    if (user) request.context.user = user
    return next(request)
  }
}
