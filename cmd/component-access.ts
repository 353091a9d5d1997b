/**
 * Who may ask the controllers and the scheduler for more than their health: client certificates of the cluster's authority, then bearer
 * tokens by TokenReview, then the anonymous user; allowed by SubjectAccessReview of the path. Upstream: DelegatingAuthenticationOptions
 * and DelegatingAuthorizationOptions of k8s.io/apiserver.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { subjectAccessReviews } from '#api/gen/resources.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { apiAccessReviews, certificateUser, type KubeletUser, Remembered } from '#kubelet/server/access.ts'
import type { Refusal } from '#runtime/serve-health.ts'

export type { KubeletUser as ComponentUser } from '#kubelet/server/access.ts'

/** What the cluster is asked; throws when it cannot be. */
export interface ComponentReviews {
  token(token: string): Promise<KubeletUser | undefined>
  access(user: KubeletUser, verb: string, path: string): Promise<boolean>
}

const cacheMs = 10_000
const anonymous: KubeletUser = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Answers how a request is refused, or undefined for one that is not. */
export function componentAccess(reviews: ComponentReviews, clock: Clock): (request: IncomingMessage, path: string) => Promise<Refusal | undefined> {
  const users = new Remembered<KubeletUser | undefined>(clock, () => cacheMs)
  const verdicts = new Remembered<boolean>(clock, () => cacheMs)
  return async (request, path) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const user =
      certificateUser(request.socket as TLSSocket) ??
      (token ? await users.get(createHash('sha256').update(token).digest('hex'), () => reviews.token(token)).catch(() => undefined) : anonymous)
    if (!user) return { code: 401, reason: 'Unauthorized', message: 'Unauthorized' }
    if (user.groups.includes('system:masters')) return undefined
    const verb = (request.method ?? 'GET').toLowerCase()
    const allowed = await verdicts.get(JSON.stringify([user, verb, path]), () => reviews.access(user, verb, path)).catch(() => false)
    if (allowed) return undefined
    return { code: 403, reason: 'Forbidden', message: `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`, details: {} }
  }
}

export function apiComponentReviews(client: Client): ComponentReviews {
  return {
    token: (token) => apiAccessReviews(client, '').token(token),
    async access({ name, uid, groups, extra }, verb, path) {
      const { status } = await client.create(subjectAccessReviews, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: name,
          groups: [...groups],
          ...(uid ? { uid } : {}),
          ...(extra ? { extra } : {}),
          nonResourceAttributes: { path, verb },
        },
      } as never)
      return status?.allowed === true
    },
  }
}
