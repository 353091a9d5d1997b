/** TokenReview and SelfSubjectReview: authentication as a service. */
import type { TokenReview } from '#api/gen/authentication/v1.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import type { UserInfo } from '../types.ts'
import type { VirtualHandler } from '../virtual-types.ts'
import { InvalidTokenError, type TokenAuthenticator } from './types.ts'
import { withAuthenticatedGroup } from './union.ts'

export function tokenReviewHandler(tokens: TokenAuthenticator, apiAudiences: readonly string[]): VirtualHandler {
  return async (review: TokenReview) => {
    const { token = '', audiences } = review.spec ?? {}
    if (token === '') throw badRequest('token is required for TokenReview in authentication')
    const wanted = audiences && audiences.length > 0 ? audiences : apiAudiences
    return { ...review, kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', status: await judge(tokens, token, wanted, apiAudiences) }
  }
}

async function judge(tokens: TokenAuthenticator, token: string, wanted: readonly string[], apiAudiences: readonly string[]): Promise<object> {
  try {
    const found = await tokens.authenticateToken(token, wanted)
    if (!found) return { user: {}, error: 'invalid bearer token' }
    // An authenticator that knows no audiences vouches for the API server's own alone.
    const audiences = found.audiences ?? wanted.filter((each) => apiAudiences.includes(each))
    if (audiences.length === 0) return { user: {}, error: `token audiences is invalid for the target audiences ${JSON.stringify(wanted)}` }
    return { authenticated: true, user: userObject(withAuthenticatedGroup(found.user)), audiences: [...audiences] }
  } catch (error) {
    if (error instanceof InvalidTokenError) return { user: {}, error: error.message }
    throw error
  }
}

/** Nothing of what was sent is in the answer. */
export const selfSubjectReviewHandler =
  (clock: Clock): VirtualHandler =>
  async (_: object, { user }) => ({
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: rfc3339(clock.now()) },
    status: { userInfo: userObject(user) },
  })

/** A user in the form of authentication.k8s.io/v1 UserInfo. */
export function userObject({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  }
}
