/** Validation of webhook configurations (pkg/apis/admissionregistration/validation). Match conditions are CEL, checked where it is compiled. */
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isFullyQualifiedName } from '#apimachinery/names.ts'
import type { MutatingWebhook, ValidatingWebhook } from '#api/gen/admissionregistration/v1.ts'
import { complaints, optionalOneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { validateClientConfig } from './validate-client-config.ts'
import { validateRule } from './validate-rule.ts'

type Webhook = ValidatingWebhook | MutatingWebhook

const reviewVersions = ['v1', 'v1beta1']
const sideEffects = ['None', 'NoneOnDryRun']

export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>()
  return (webhooks ?? []).flatMap((webhook, position) => {
    const here = path('webhooks').index(position)
    const errors = [...validateWebhook(webhook, here), ...validateReviewVersions(webhook.admissionReviewVersions, here.child('admissionReviewVersions'))]
    if (webhook.name && names.has(webhook.name)) errors.push(duplicate(here.child('name'), webhook.name))
    names.add(webhook.name)
    return errors
  })
}

function validateReviewVersions(versions: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const given = versions ?? []
  if (given.length === 0) return [required(at, `must specify one of ${reviewVersions.join(', ')}`)]
  const each = given.flatMap((version, position) =>
    given.indexOf(version) < position
      ? [invalidValue(at.index(position), version, 'duplicate version')]
      : complaints(at.index(position), version, isDns1035Label(version)),
  )
  if (given.some((version) => reviewVersions.includes(version))) return each
  return [...each, invalidValue(at, given, `must include at least one of ${reviewVersions.join(', ')}`)]
}

function validateWebhook(webhook: Webhook, at: FieldPath): FieldError[] {
  const effectsAt = at.child('sideEffects')
  const seconds = webhook.timeoutSeconds
  return [
    ...validateName(webhook.name, at.child('name')),
    ...(webhook.rules ?? []).flatMap((rule, position) => validateRule(rule, at.child('rules').index(position))),
    ...optionalOneOf(at.child('failurePolicy'), webhook.failurePolicy, ['Fail', 'Ignore']),
    ...optionalOneOf(at.child('matchPolicy'), webhook.matchPolicy, ['Equivalent', 'Exact']),
    ...(webhook.sideEffects === undefined
      ? [required(effectsAt, `must specify one of ${sideEffects.join(', ')}`)]
      : optionalOneOf(effectsAt, webhook.sideEffects, sideEffects)),
    ...(seconds !== undefined && (seconds > 30 || seconds < 1)
      ? [invalidValue(at.child('timeoutSeconds'), seconds, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...(['namespaceSelector', 'objectSelector'] as const).flatMap((key) => validateLabelSelector(webhook[key], at.child(key))),
    ...('reinvocationPolicy' in webhook ? optionalOneOf(at.child('reinvocationPolicy'), webhook.reinvocationPolicy, ['IfNeeded', 'Never']) : []),
    ...validateClientConfig(webhook.clientConfig, at.child('clientConfig')),
  ]
}

function validateName(name: string | undefined, at: FieldPath): FieldError[] {
  return name ? complaints(at, name, isFullyQualifiedName(name)) : [required(at)]
}
