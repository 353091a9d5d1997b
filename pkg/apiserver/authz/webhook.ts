/** Decisions that another server makes (docs: "Webhook Mode"): SubjectAccessReviews, kept for a time, and asked only where its conditions hold. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { ExpiringCache } from '../expiring-cache.ts'
import type { AskReview } from '../review-client.ts'
import type { Authorizer, Decision } from '../types.ts'
import { compileMatchCondition, matches } from './match-conditions.ts'
import { type ReviewSpec, reviewSpecOf } from './review-spec.ts'

export interface WebhookAuthorizerOptions {
  readonly name: string
  readonly ask: AskReview
  readonly clock: Clock
  readonly log: Logger
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly timeoutMs?: number
  /** Of the review; default v1. */
  readonly version?: 'v1' | 'v1beta1'
  /** What a server that does not answer amounts to. */
  readonly failurePolicy: 'NoOpinion' | 'Deny'
  /** CEL over `request`, the review's spec; all must hold. */
  readonly matchConditions?: readonly string[]
}

const maxCached = 8192
const maxKeyLength = 10_000

export function webhookAuthorizer(options: WebhookAuthorizerOptions): Authorizer {
  const { name, ask, clock, log, failurePolicy, timeoutMs = 3000, version = 'v1' } = options
  const cache = new ExpiringCache<Decision>(clock, maxCached)
  const conditions = (options.matchConditions ?? []).map(compileMatchCondition)
  const failed = (error: unknown): Decision => ({
    decision: failurePolicy === 'Deny' ? 'deny' : 'no-opinion',
    reason: '',
    error: error instanceof Error ? error.message : String(error),
  })
  return {
    name,
    async authorize(attributes) {
      const spec = reviewSpecOf(attributes)
      try {
        if (!(await matches(conditions, spec))) return { decision: 'no-opinion', reason: '' }
      } catch (error) {
        return failed(error)
      }
      const key = JSON.stringify(spec)
      const known = cache.get(key)
      if (known) return known
      let status: { allowed?: boolean; denied?: boolean; reason?: string } | undefined
      try {
        status = (await ask(reviewOf(spec, version), timeoutMs))?.status
      } catch (error) {
        log.warn('the authorization webhook cannot be asked', { name, error })
        return failed(error)
      }
      const { allowed, denied, reason = '' } = status ?? {}
      const decision: Decision = {
        decision: denied ? 'deny' : allowed ? 'allow' : 'no-opinion',
        reason,
        ...(allowed && denied ? { error: 'webhook subject access review returned both allow and deny response' } : {}),
      }
      if (key.length <= maxKeyLength) cache.set(key, decision, allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs)
      return decision
    },
  }
}

/** v1beta1 has its groups under another name. */
function reviewOf({ groups, ...spec }: ReviewSpec, version: 'v1' | 'v1beta1'): object {
  const named = groups ? { [version === 'v1' ? 'groups' : 'group']: groups } : {}
  return { kind: 'SubjectAccessReview', apiVersion: `authorization.k8s.io/${version}`, metadata: {}, spec: { ...spec, ...named }, status: { allowed: false } }
}
