/** Defaults of webhooks and policies (pkg/apis/admissionregistration/v1/defaults.go). */
import type { MatchResources, MutatingWebhook, Rule, ValidatingWebhook } from '#api/gen/admissionregistration/v1.ts'

export function defaultWebhook(webhook: ValidatingWebhook | MutatingWebhook): void {
  webhook.failurePolicy ??= 'Fail'
  webhook.matchPolicy ??= 'Equivalent'
  webhook.namespaceSelector ??= {}
  webhook.objectSelector ??= {}
  webhook.timeoutSeconds ??= 10
  if (webhook.clientConfig.service) webhook.clientConfig.service.port ??= 443
  for (const rule of webhook.rules ?? []) defaultRule(rule)
}

export function defaultMatchResources(match: MatchResources): void {
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) defaultRule(rule)
}

function defaultRule(rule: Rule): void {
  rule.scope ??= '*'
}
