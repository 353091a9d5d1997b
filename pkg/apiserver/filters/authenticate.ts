/** Asks the authenticators in turn; the first that knows its credentials answers. Bad credentials: 401. */
import { StatusError, unauthorized } from '#apimachinery/status-error.ts'
import type { Audit } from '../audit/index.ts'
import { auditOfRefused } from './audit.ts'
import { anonymousUser } from '../request.ts'
import type { ApiRequest, Authenticator, Filter, UserInfo } from '../types.ts'

const authenticatedGroup = 'system:authenticated'

export interface AuthenticateOptions {
  readonly authenticators: () => readonly Authenticator[]
  readonly anonymous: boolean
  readonly audit: () => Audit | undefined
}

export function authenticate(options: AuthenticateOptions): Filter {
  return async (request, next) => {
    try {
      request.context.user = await identify(request, options.authenticators(), options.anonymous)
    } catch (error) {
      const log = options.audit()
      if (log) auditOfRefused(log, request)
      throw error
    }
    return next(request)
  }
}

async function identify(request: ApiRequest, authenticators: readonly Authenticator[], anonymous: boolean): Promise<UserInfo> {
  if (request.context.trustedUser) return withAuthenticatedGroup(request.context.trustedUser)
  let failure: StatusError | undefined
  for (const authenticator of authenticators) {
    try {
      const user = await authenticator.authenticate(request)
      if (user) return withAuthenticatedGroup(user)
    } catch (error) {
      // A token that one authenticator refuses may be another's: refuse only when none knows it.
      failure ??= StatusError.from(error)
    }
  }
  if (failure) throw failure.code === 401 ? unauthorized() : failure
  if (anonymous && request.headers.authorization === undefined) return anonymousUser
  throw unauthorized()
}

function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.groups.includes(authenticatedGroup) || user.groups.includes('system:unauthenticated')) return user
  return { ...user, groups: [...user.groups, authenticatedGroup] }
}
