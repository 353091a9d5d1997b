/** `Impersonate-User` and its kin: the caller acts as another, when it may. */
import { impersonate as impersonated } from '../authn/impersonation.ts'
import { attributesOf } from './authorize.ts'
import type { ApiRequest, ApiResponse, Authorizer, Filter, Handler } from '../types.ts'

export function impersonate(authorizer: () => Authorizer): Filter {
  return (request, next) => (hasHeaders(request.headers) ? asAnother(request, next) : next(request))

  async function asAnother(request: ApiRequest, next: Handler): Promise<ApiResponse> {
    const found = await impersonated(request, attributesOf(request.context, request.query), authorizer())
    if (found) {
      request.context.user = found.user
      if (found.constraint) request.context.audit?.impersonatedUnder(found.constraint)
    }
    return next(request)
  }
}

/** Nearly no request has them. */
function hasHeaders(headers: ApiRequest['headers']): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}
