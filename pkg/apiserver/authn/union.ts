/**
 * Asks authenticators in order; the first that knows the request's credentials decides. A failure is remembered and
 * thrown only when no later authenticator succeeds, but anonymous never stands in for bad credentials.
 */
import { StatusError } from '#apimachinery/status-error.ts'
import type { Authenticator, UserInfo } from '../types.ts'
import { allAuthenticated, allUnauthenticated, anonymousUser } from './users.ts'

export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return {
    name: 'union',
    async authenticate(request) {
      let failure: StatusError | undefined
      for (const authenticator of authenticators) {
        if (failure && authenticator.name === 'anonymous') break
        try {
          const user = await authenticator.authenticate(request)
          if (user) return withAuthenticatedGroup(user)
        } catch (error) {
          failure ??= StatusError.from(error)
        }
      }
      if (failure) throw failure
      return undefined
    },
  }
}

/** An authenticator that knows its user again gives the same object, and so do we: what is kept by user is found again. */
const completed = new WeakMap<UserInfo, UserInfo>()

/** Every user but the anonymous one is in system:authenticated. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.name === anonymousUser || user.groups.includes(allAuthenticated) || user.groups.includes(allUnauthenticated)) return user
  let complete = completed.get(user)
  if (!complete) {
    complete = { ...user, groups: [...user.groups, allAuthenticated] }
    completed.set(user, complete)
  }
  return complete
}
