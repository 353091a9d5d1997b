/** Tokens that another server knows (docs: "Webhook Token Authentication"): TokenReview v1, answers kept for a time. */
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { ExpiringCache } from '../expiring-cache.ts'
import type { AskReview } from '../review-client.ts'
import { InvalidTokenError, type TokenAuthenticator, type TokenUser } from './types.ts'

export interface WebhookTokenOptions {
  readonly ask: AskReview
  readonly clock: Clock
  /** Default two minutes. */
  readonly cacheTtlMs?: number
  /** What is asked for when the caller wants no audience in particular. */
  readonly apiAudiences: readonly string[]
  /** Of the review; default v1. */
  readonly version?: 'v1' | 'v1beta1'
}

type Outcome = { readonly found: TokenUser | undefined } | { readonly invalid: string }

const timeoutMs = 30_000
const maxCached = 4096

export function webhookTokenAuthenticator({ ask, clock, cacheTtlMs = 120_000, apiAudiences, version = 'v1' }: WebhookTokenOptions): TokenAuthenticator {
  const cache = new ExpiringCache<Outcome>(clock, maxCached)
  // Tokens themselves are not kept.
  const secret = randomBytes(32)
  return {
    name: 'webhook',
    async authenticateToken(token, audiences = apiAudiences) {
      const key = createHmac('sha256', secret)
        .update(JSON.stringify([token, audiences]))
        .digest('base64')
      let outcome = cache.get(key)
      if (!outcome) {
        outcome = await review(ask, token, audiences, version)
        cache.set(key, outcome, cacheTtlMs)
      }
      if ('invalid' in outcome) throw new InvalidTokenError(outcome.invalid)
      return outcome.found
    },
  }
}

async function review(ask: AskReview, token: string, audiences: readonly string[], version: string): Promise<Outcome> {
  let status: any
  try {
    const answer = await ask({ kind: 'TokenReview', apiVersion: `authentication.k8s.io/${version}`, metadata: {}, spec: { token, audiences } }, timeoutMs)
    status = answer?.status ?? {}
  } catch (error) {
    // Not kept: the server may be back with the next request.
    throw new InvalidTokenError(`the token webhook cannot be asked: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (status.authenticated !== true) return status.error ? { invalid: String(status.error) } : { found: undefined }
  const { username = '', uid, groups = [], extra } = status.user ?? {}
  const agreed = Array.isArray(status.audiences) && status.audiences.length > 0 ? audiences.filter((each) => status.audiences.includes(each)) : undefined
  if (agreed && agreed.length === 0) return { found: undefined }
  return { found: { user: { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }, ...(agreed ? { audiences: agreed } : {}) } }
}
