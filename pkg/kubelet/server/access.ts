/**
 * Who may use the kubelet's API: client certificates of the cluster's authority, then bearer tokens by TokenReview, then nobody or the
 * anonymous user; allowed by SubjectAccessReview on this node (documentation "Kubelet authentication/authorization").
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { subjectAccessReviews, tokenReviews } from '#api/gen/resources.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import { type NodeAttributes, nodeAttributes } from './attributes.ts'
import { HttpError } from './http-error.ts'

export interface KubeletUser {
  readonly name: string
  readonly uid?: string | undefined
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined
}

/** What the cluster is asked; throws when it cannot be. */
export interface AccessReviews {
  /** Undefined: the token is nobody's. */
  token(token: string): Promise<KubeletUser | undefined>
  access(user: KubeletUser, attributes: NodeAttributes): Promise<boolean>
}

export interface AccessOptions {
  readonly reviews: AccessReviews
  readonly clock: Clock
  readonly configuration: Pick<CompleteConfiguration, 'authentication' | 'authorization'>
}

export type Access = (request: IncomingMessage, path: string) => Promise<void>

/** Answers the check of a request: it throws HttpError with 401, 403 or 500. */
export function accessControl({ reviews, clock, configuration }: AccessOptions): Access {
  const { authentication, authorization } = configuration
  const { cacheAuthorizedTTL, cacheUnauthorizedTTL } = authorization.webhook
  const users = new Remembered<KubeletUser | undefined>(clock, () => ms(authentication.webhook.cacheTTL))
  const verdicts = new Remembered<boolean>(clock, (allowed) => ms(allowed ? cacheAuthorizedTTL : cacheUnauthorizedTTL))

  const identify = async (request: IncomingMessage): Promise<KubeletUser> => {
    const byCertificate = certificateUser(request.socket as TLSSocket)
    if (byCertificate) return byCertificate
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token && authentication.webhook.enabled) {
      const user = await users.get(createHash('sha256').update(token).digest('hex'), () => reviews.token(token))
      if (user) return user
      throw new HttpError(401, 'Unauthorized')
    }
    if (token || !authentication.anonymous.enabled) throw new HttpError(401, 'Unauthorized')
    return { name: 'system:anonymous', groups: ['system:unauthenticated'] }
  }

  const allows = async (user: KubeletUser, wanted: readonly NodeAttributes[]): Promise<boolean> => {
    // They may do everything, and the answer would say so; asked when the cluster is in trouble, it must not wait for it.
    if (authorization.mode === 'AlwaysAllow' || user.groups.includes('system:masters')) return true
    for (const attributes of wanted) {
      if (await verdicts.get(JSON.stringify([user, attributes]), () => reviews.access(user, attributes))) return true
    }
    return false
  }

  return async (request, path) => {
    const user = await identify(request)
    const wanted = nodeAttributes(request.method ?? 'GET', path)
    const [{ verb } = { verb: '' }] = wanted
    const of = `user=${user.name}, verb=${verb}, resource=nodes`
    const subresources = wanted.map(({ subresource }) => subresource)
    const allowed = await allows(user, wanted).catch(() => {
      throw new HttpError(500, `Authorization error (${of}, subresource=${subresources[0]})`)
    })
    if (!allowed) throw new HttpError(403, `Forbidden (${of}, subresource(s)=[${subresources.join(' ')}])\n`)
  }
}

export function certificateUser(socket: TLSSocket): KubeletUser | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  if (!subject?.CN) return undefined
  return { name: [subject.CN].flat()[0]!, groups: [...(subject.O === undefined ? [] : [subject.O].flat()), 'system:authenticated'] }
}

export function apiAccessReviews(client: Client, nodeName: string): AccessReviews {
  return {
    async token(token) {
      const { status } = await client.create(tokenReviews, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } } as never)
      const { username, uid, groups = [], extra } = status?.user ?? {}
      return status?.authenticated && username ? { name: username, uid, groups, extra } : undefined
    },
    async access({ name, uid, groups, extra }, { verb, subresource }) {
      const { status } = await client.create(subjectAccessReviews, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: name,
          groups: [...groups],
          ...(uid ? { uid } : {}),
          ...(extra ? { extra } : {}),
          resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName },
        },
      } as never)
      return status?.allowed === true
    },
  }
}

const maxRemembered = 1000

/** Answers for so long as they hold; the oldest goes when there are too many. A failure is not remembered. */
export class Remembered<T> {
  readonly #clock: Clock
  readonly #ttlMs: (answer: T) => number
  readonly #answers = new Map<string, { readonly answer: Promise<T>; until: number }>()

  constructor(clock: Clock, ttlMs: (answer: T) => number) {
    this.#clock = clock
    this.#ttlMs = ttlMs
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key)
    if (known && known.until > this.#clock.now()) return known.answer
    const entry = { answer: ask(), until: Number.POSITIVE_INFINITY }
    this.#answers.delete(key)
    this.#answers.set(key, entry)
    if (this.#answers.size > maxRemembered) this.#answers.delete(this.#answers.keys().next().value!)
    entry.answer.then(
      (answer) => {
        entry.until = this.#clock.now() + this.#ttlMs(answer)
      },
      () => {
        if (this.#answers.get(key) === entry) this.#answers.delete(key)
      },
    )
    return entry.answer
  }
}
