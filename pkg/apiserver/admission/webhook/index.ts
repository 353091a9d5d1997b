/** Admission by webhooks. In: a write. Out: the write as webhooks changed it, or their refusal. Upstream: plugin/webhook. */
import type { Logger } from '#base/log.ts'
import type { ReadAccess } from '../../cached-reader.ts'
import type { Authorizer } from '../../types.ts'
import type { Matcher } from '../rules.ts'
import type { WebhookClient } from './client.ts'

export interface WebhookContext extends ReadAccess {
  readonly authorizer: Authorizer
  readonly matcher: Matcher
  readonly webhooks: WebhookClient
  readonly log: Logger
}

export { createWebhookClient, type WebhookClient } from './client.ts'
export { mutatingAdmissionWebhook } from './mutating.ts'
export { validatingAdmissionWebhook } from './validating.ts'
