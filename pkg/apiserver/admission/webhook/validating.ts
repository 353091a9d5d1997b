/** ValidatingAdmissionWebhook: all webhooks at once, on the object as it will be. */
import type { ValidatingWebhook } from '#api/gen/admissionregistration/v1.ts'
import { validatingWebhookConfigurations } from '#api/gen/resources.ts'
import { internalError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { isExemptFromWebhooks } from '../rules.ts'
import { type Called, noteFailedOpen } from './annotations.ts'
import { CallError, conditionsHold, invoke, subjectOf } from './invoke.ts'
import type { ReviewSubject } from './review.ts'
import { type Sourced, webhookSource } from './source.ts'
import type { WebhookContext } from './index.ts'

export function validatingAdmissionWebhook(context: WebhookContext): AdmissionPlugin {
  const source = webhookSource<ValidatingWebhook>(context, validatingWebhookConfigurations)
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => !isExemptFromWebhooks(attributes),
    async validate(attributes) {
      const matched = await Promise.allSettled((await source()).map((hook) => matchOf(context, hook, attributes)))
      // Their places are among those that are asked, as upstream counts them.
      const relevant = matched.filter((each) => each.status === 'rejected' || each.value !== undefined)
      const outcomes = await Promise.allSettled(
        relevant.map(async (each, index) => {
          if (each.status === 'rejected') throw each.reason
          const { hook, subject } = each.value!
          await ask(context, hook.webhook, subject, { attributes, configuration: hook.configuration, webhook: hook.webhook.name, round: 0, index })
        }),
      )
      const failed = outcomes.find((each) => each.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

/** The webhook with what it is asked about; undefined: it is not concerned. */
async function matchOf(
  context: WebhookContext,
  hook: Sourced<ValidatingWebhook>,
  attributes: AdmissionAttributes,
): Promise<{ readonly hook: Sourced<ValidatingWebhook>; readonly subject: ReviewSubject } | undefined> {
  const { rules, matchPolicy, namespaceSelector, objectSelector } = hook.webhook
  const matched = await context.matcher.match({ rules, matchPolicy, namespaceSelector, objectSelector }, attributes)
  if (!matched) return undefined
  const subject = await subjectOf(attributes, matched)
  return (await conditionsHold(hook.webhook, attributes, subject, context.authorizer)) ? { hook, subject } : undefined
}

async function ask(context: WebhookContext, webhook: ValidatingWebhook, subject: ReviewSubject, called: Called): Promise<void> {
  try {
    await invoke(context.webhooks, webhook, called.attributes, subject, false)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (webhook.failurePolicy !== 'Ignore') throw internalError(error.message, error)
    context.log.warn('failed calling webhook, failing open', { webhook: webhook.name, error: error.message })
    noteFailedOpen(called, 'validating')
  }
}
