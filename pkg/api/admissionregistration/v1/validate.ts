/** Validation of webhook configurations. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isFullyQualifiedName } from '#apimachinery/names.ts'
import type { MutatingWebhook, RuleWithOperations, ValidatingWebhook, WebhookClientConfig } from '#api/gen/admissionregistration/v1.ts'
import { complaints, optionalOneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'

type Webhook = ValidatingWebhook | MutatingWebhook

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const reviewVersions = ['v1', 'v1beta1']

export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>()
  return (webhooks ?? []).flatMap((webhook, position) => {
    const here = path('webhooks').index(position)
    const errors = [...validateReviewVersions(webhook.admissionReviewVersions, here.child('admissionReviewVersions')), ...validateWebhook(webhook, here)]
    if (names.has(webhook.name)) errors.push(duplicate(here.child('name'), webhook.name))
    names.add(webhook.name)
    return errors
  })
}

function validateReviewVersions(versions: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const given = versions ?? []
  if (given.length === 0) return [required(at, `must specify one of ${reviewVersions.join(', ')}`)]
  return given.some((version) => reviewVersions.includes(version)) ? [] : [invalidValue(at, given, `must include at least one of ${reviewVersions.join(', ')}`)]
}

function validateWebhook(webhook: Webhook, at: FieldPath): FieldError[] {
  const errors = complaints(at.child('name'), webhook.name, isFullyQualifiedName(webhook.name))
  for (const [position, rule] of (webhook.rules ?? []).entries()) errors.push(...validateRule(rule, at.child('rules').index(position)))
  errors.push(
    ...optionalOneOf(at.child('failurePolicy'), webhook.failurePolicy, ['Fail', 'Ignore']),
    ...optionalOneOf(at.child('matchPolicy'), webhook.matchPolicy, ['Equivalent', 'Exact']),
  )
  if (webhook.sideEffects === undefined) errors.push(required(at.child('sideEffects'), 'must specify one of None, NoneOnDryRun'))
  else errors.push(...optionalOneOf(at.child('sideEffects'), webhook.sideEffects, ['None', 'NoneOnDryRun']))
  const seconds = webhook.timeoutSeconds
  if (seconds !== undefined && (seconds > 30 || seconds < 1))
    errors.push(invalidValue(at.child('timeoutSeconds'), seconds, 'the timeout value must be between 1 and 30 seconds'))
  for (const key of ['namespaceSelector', 'objectSelector'] as const) errors.push(...validateLabelSelector(webhook[key], at.child(key)))
  return [...errors, ...validateClientConfig(webhook.clientConfig, at.child('clientConfig'))]
}

export function validateClientConfig({ url, service }: WebhookClientConfig, at: FieldPath): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(at, 'exactly one of url or service is required')]
  if (service) {
    const errors = (['name', 'namespace'] as const)
      .filter((key) => !service[key])
      .map((key) => required(at.child('service', key), `service ${key} is required`))
    const port = service.port ?? 443
    return port > 0 && port < 65536
      ? errors
      : [...errors, invalidValue(at.child('service', 'port'), port, 'port is not valid: must be between 1 and 65535, inclusive')]
  }
  const form = '; desired format: https://host[/path]'
  let parsed: URL
  try {
    parsed = new URL(url!)
  } catch {
    return [required(at.child('url'), `url must be a valid URL: ${JSON.stringify(url)}${form}`)]
  }
  const here = at.child('url')
  const errors: FieldError[] = []
  if (parsed.protocol !== 'https:') errors.push(invalidValue(here, parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`))
  if (parsed.host === '') errors.push(invalidValue(here, parsed.host, `host must be specified${form}`))
  if (parsed.username !== '') errors.push(invalidValue(here, parsed.username, 'user information is not permitted in the URL'))
  if (parsed.hash !== '') errors.push(invalidValue(here, parsed.hash.slice(1), 'fragments are not permitted in the URL'))
  if (parsed.search !== '') errors.push(invalidValue(here, parsed.search.slice(1), 'query parameters are not permitted in the URL'))
  return errors
}

export function validateRule(rule: RuleWithOperations, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const lists = [
    ['operations', rule.operations],
    ['apiGroups', rule.apiGroups],
    ['apiVersions', rule.apiVersions],
    ['resources', rule.resources],
  ] as const
  for (const [key, list] of lists) {
    const given = list ?? []
    if (given.length === 0) errors.push(required(at.child(key)))
    const exclusive = key !== 'resources' && given.length > 1 && (given as readonly string[]).includes('*')
    if (exclusive)
      errors.push(
        invalidValue(
          at.child(key),
          given,
          `if '*' is present, must not specify other ${key === 'operations' ? 'operations' : key === 'apiGroups' ? 'API groups' : 'API versions'}`,
        ),
      )
  }
  for (const [position, operation] of (rule.operations ?? []).entries())
    if (!operations.includes(operation)) errors.push(notSupported(at.child('operations').index(position), operation, operations))
  return [...errors, ...optionalOneOf(at.child('scope'), rule.scope, ['*', 'Cluster', 'Namespaced'])]
}
