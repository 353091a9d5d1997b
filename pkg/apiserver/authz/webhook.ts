/** Decisions that another server makes (docs: "Webhook Mode"): SubjectAccessReview v1, kept for a time, and asked only where its conditions hold. */
import { userObject } from '../authn/reviews.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile, newBudget } from '#cel/program.ts'
import { type CelProgram, perObjectLimit } from '#cel/types.ts'
import { toCel } from '#cel/values.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { ExpiringCache } from '../expiring-cache.ts'
import type { AskReview } from '../review-client.ts'
import type { Authorizer, AuthorizerAttributes, Decision } from '../types.ts'

export interface WebhookAuthorizerOptions {
  readonly name: string
  readonly ask: AskReview
  readonly clock: Clock
  readonly log: Logger
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly timeoutMs?: number
  /** What a server that does not answer amounts to. */
  readonly failurePolicy: 'NoOpinion' | 'Deny'
  /** CEL over `request`, the review's spec; all must hold. */
  readonly matchConditions?: readonly string[]
}

const maxCached = 8192
const maxKeyLength = 10_000
let shared: MeteredEnvironment | undefined

/** Throws CelCompileError. */
export function compileMatchCondition(text: string): CelProgram {
  shared ??= createEnvironment({ request: 'dyn' })
  return compile(shared, text, { resultType: 'bool' })
}

export function webhookAuthorizer(options: WebhookAuthorizerOptions): Authorizer {
  const { name, ask, clock, log, failurePolicy, timeoutMs = 3000 } = options
  const cache = new ExpiringCache<Decision>(clock, maxCached)
  const conditions = (options.matchConditions ?? []).map(compileMatchCondition)
  const failed = (reason: string): Decision => ({ decision: failurePolicy === 'Deny' ? 'deny' : 'no-opinion', reason })
  return {
    name,
    async authorize(attributes) {
      const spec = specOf(attributes)
      try {
        for (const condition of conditions)
          if ((await condition.evaluate({ request: toCel(spec) }, newBudget(perObjectLimit))) !== true) return { decision: 'no-opinion', reason: '' }
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error))
      }
      const key = JSON.stringify(spec)
      const known = cache.get(key)
      if (known) return known
      let status: { allowed?: boolean; denied?: boolean; reason?: string } | undefined
      try {
        status = (await ask({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec }, timeoutMs))?.status
      } catch (error) {
        log.warn('the authorization webhook cannot be asked', { name, error })
        return failed('')
      }
      const { allowed, denied, reason = '' } = status ?? {}
      if (allowed && denied) return failed(`webhook subject access review returned both allow and deny response`)
      const decision: Decision = { decision: denied ? 'deny' : allowed ? 'allow' : 'no-opinion', reason }
      if (key.length <= maxKeyLength) cache.set(key, decision, allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs)
      return decision
    },
  }
}

function specOf(attributes: AuthorizerAttributes): object {
  const { username, ...who } = userObject(attributes.user) as { username: string }
  const { verb, isResourceRequest, path, namespace, group, version, resource, subresource, name, fieldSelector, labelSelector } = attributes
  if (!isResourceRequest) return { nonResourceAttributes: { path, verb }, user: username, ...who }
  const named = Object.fromEntries(Object.entries({ namespace, verb, group, version, resource, subresource, name }).filter(([, value]) => value !== ''))
  const selectors = {
    ...(fieldSelector ? { fieldSelector: { rawSelector: fieldSelector } } : {}),
    ...(labelSelector ? { labelSelector: { rawSelector: labelSelector } } : {}),
  }
  return { resourceAttributes: { ...named, ...selectors }, user: username, ...who }
}
