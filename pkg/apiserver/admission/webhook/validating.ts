/** ValidatingAdmissionWebhook: all webhooks at once, on the object as it will be. */
import type { ValidatingWebhook } from '#api/gen/admissionregistration/v1.ts'
import { validatingWebhookConfigurations } from '#api/gen/resources.ts'
import { internalError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { isExempt } from '../rules.ts'
import { CallError, conditionsHold, invoke, subjectOf } from './invoke.ts'
import { webhookSource } from './source.ts'
import type { WebhookContext } from './index.ts'

export function validatingAdmissionWebhook(context: WebhookContext): AdmissionPlugin {
  const source = webhookSource<ValidatingWebhook>(context, validatingWebhookConfigurations)
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => !isExempt(attributes),
    async validate(attributes) {
      const outcomes = await Promise.allSettled((await source()).map(({ webhook }) => ask(context, webhook, attributes)))
      const failed = outcomes.find((each) => each.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

async function ask(context: WebhookContext, webhook: ValidatingWebhook, attributes: AdmissionAttributes): Promise<void> {
  const { rules, matchPolicy, namespaceSelector, objectSelector } = webhook
  const matched = await context.matcher.match({ rules, matchPolicy, namespaceSelector, objectSelector }, attributes)
  if (!matched) return
  const subject = await subjectOf(attributes, matched)
  if (!(await conditionsHold(webhook, attributes, subject, context.authorizer))) return
  try {
    await invoke(context.webhooks, webhook, attributes, subject, false)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (webhook.failurePolicy !== 'Ignore') throw internalError(error.message, error)
    context.log.warn('failed calling webhook, failing open', { webhook: webhook.name, error: error.message })
  }
}
