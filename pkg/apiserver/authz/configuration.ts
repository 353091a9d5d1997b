/** The file of --authorization-config: AuthorizationConfiguration of apiserver.config.k8s.io, an ordered list of authorizers (validation as k8s.io/apiserver's). */
import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import {
  aggregateText,
  duplicate,
  type FieldError,
  type FieldPath,
  fieldErrorText,
  invalidValue,
  notSupported,
  path,
  required,
  tooMany,
} from '#apimachinery/field-error.ts'
import { durationMs } from '#apimachinery/go-duration.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import { CelError } from '#cel/types.ts'
import { decodeConfiguration } from '../configuration/decode.ts'
import { apiserverKinds } from '../configuration/schemas.ts'
import { compileMatchCondition } from './match-conditions.ts'

export interface WebhookConfiguration {
  readonly name: string
  /** Absent: the cluster's own. */
  readonly kubeConfigFile?: string
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly timeoutMs: number
  readonly failurePolicy: 'NoOpinion' | 'Deny'
  readonly version: 'v1' | 'v1beta1'
  readonly matchConditions: readonly string[]
}

export const plainTypes = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const
export type PlainType = (typeof plainTypes)[number]
export type AuthorizerSpec = { readonly type: PlainType } | { readonly type: 'Webhook'; readonly webhook: WebhookConfiguration }

interface Authorizer {
  readonly type?: string
  readonly name?: string
  readonly webhook?: Webhook
}

interface Webhook {
  readonly authorizedTTL: string
  readonly cacheAuthorizedRequests?: boolean
  readonly unauthorizedTTL: string
  readonly cacheUnauthorizedRequests?: boolean
  readonly timeout: string
  readonly subjectAccessReviewVersion?: string
  readonly matchConditionSubjectAccessReviewVersion?: string
  readonly failurePolicy?: string
  readonly connectionInfo: { readonly type?: string; readonly kubeConfigFile?: string }
  readonly matchConditions?: readonly { readonly expression?: string }[]
}

const maxConditions = 64
const maxTimeoutMs = 30_000

/** Throws an Error with the fields that are wrong. `stays`: types that a file read again must have, because the server was started with them. */
export function parseAuthorizationConfiguration(text: string, stays: readonly string[] = []): readonly AuthorizerSpec[] {
  const authorizers = load(text)
  const errors = authorizersErrors(authorizers)
  if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)))
  const plain = authorizers.filter(({ type }) => type !== 'Webhook')
  const problems = plain
    .filter(({ type, name }) => type!.toLowerCase() !== name)
    .map(({ type, name }) => `expected name ${type!.toLowerCase()} for authorizer ${type} instead of ${name}`)
  const missing = stays.filter((type) => !plain.some((each) => each.type === type)).toSorted()
  if (missing.length > 0) problems.push(`missing required types: [${missing.join(' ')}]`)
  if (problems.length > 0) throw new Error(aggregateText(problems))
  return authorizers.map(specOf)
}

function load(text: string): readonly Authorizer[] {
  if (text === '') return []
  try {
    const { kind, object } = decodeConfiguration(text, apiserverKinds)
    if (kind !== 'AuthorizationConfiguration') throw new Error(`expected AuthorizationConfiguration, got *apiserver.${kind}`)
    const authorizers: readonly Authorizer[] = object.authorizers ?? []
    return authorizers.map((each) => (each.webhook ? { ...each, webhook: withDefaults(each.webhook) } : each))
  } catch (error) {
    throw new Error(`failed to load AuthorizationConfiguration from file: ${(error as Error).message}`, { cause: error })
  }
}

function withDefaults(webhook: Webhook): Webhook {
  const ttl = (given: string | undefined, otherwise: string): string => (given === undefined || durationMs(given) === 0 ? otherwise : given)
  return { ...webhook, authorizedTTL: ttl(webhook.authorizedTTL, '5m0s'), unauthorizedTTL: ttl(webhook.unauthorizedTTL, '30s') }
}

function authorizersErrors(authorizers: readonly Authorizer[]): FieldError[] {
  const root = path('authorizers')
  if (authorizers.length === 0) return [required(root, 'at least one authorization mode must be defined')]
  const errors: FieldError[] = []
  const types = new Set<string>()
  const names = new Set<string>()
  for (const [index, { type = '', name = '', webhook }] of authorizers.entries()) {
    const at = root.index(index)
    if (type === '') errors.push(required(at.child('type')))
    else if (type !== 'Webhook' && !(plainTypes as readonly string[]).includes(type))
      errors.push(notSupported(at.child('type'), type, [...plainTypes, 'Webhook']))
    else if (types.has(type) && type !== 'Webhook') errors.push(duplicate(at.child('type'), type))
    else {
      types.add(type)
      errors.push(...nameErrors(name, names, at.child('name')))
      names.add(name)
      if (type !== 'Webhook') {
        if (webhook) errors.push(invalidValue(at.child('webhook'), 'non-null', 'may only be specified when type=Webhook'))
      } else if (webhook) errors.push(...webhookErrors(webhook, at))
      else errors.push(required(at.child('webhook'), 'required when type=Webhook'))
    }
  }
  return errors
}

function nameErrors(name: string, names: ReadonlySet<string>, at: FieldPath): FieldError[] {
  if (name === '') return [required(at)]
  if (names.has(name)) return [duplicate(at, name)]
  const wrong = isDns1123Subdomain(name)
  return wrong.length > 0 ? [invalidValue(at, name, `authorizer name is invalid: ${wrong.join(', ')}`)] : []
}

/** Upstream leaves `webhook` out of these paths. */
function webhookErrors(webhook: Webhook, at: FieldPath): FieldError[] {
  const {
    subjectAccessReviewVersion: version = '',
    matchConditionSubjectAccessReviewVersion: matchVersion = '',
    failurePolicy = '',
    matchConditions = [],
  } = webhook
  const errors: FieldError[] = []
  const timeoutMs = durationMs(webhook.timeout)
  if (timeoutMs === 0) errors.push(required(at.child('timeout')))
  else if (timeoutMs < 0 || timeoutMs > maxTimeoutMs) errors.push(invalidValue(at.child('timeout'), webhook.timeout, 'must be > 0s and <= 30s'))
  for (const field of ['authorizedTTL', 'unauthorizedTTL'] as const)
    if (durationMs(webhook[field]) < 0) errors.push(invalidValue(at.child(field), webhook[field], 'must be > 0s'))
  const oneOf = (field: string, value: string, known: readonly string[], missing: FieldError[]): FieldError[] =>
    value === '' ? missing : known.includes(value) ? [] : [notSupported(at.child(field), value, known)]
  errors.push(
    ...oneOf('subjectAccessReviewVersion', version, ['v1', 'v1beta1'], [required(at.child('subjectAccessReviewVersion'))]),
    ...oneOf(
      'matchConditionSubjectAccessReviewVersion',
      matchVersion,
      ['v1'],
      matchConditions.length > 0 ? [required(at.child('matchConditionSubjectAccessReviewVersion'), 'required if match conditions are specified')] : [],
    ),
    ...oneOf('failurePolicy', failurePolicy, ['NoOpinion', 'Deny'], [required(at.child('failurePolicy'))]),
    ...connectionErrors(webhook.connectionInfo, at.child('connectionInfo')),
    ...conditionErrors(matchConditions, at.child('matchConditions')),
  )
  return errors
}

function connectionErrors({ type = '', kubeConfigFile }: Webhook['connectionInfo'], at: FieldPath): FieldError[] {
  const file = at.child('kubeConfigFile')
  switch (type) {
    case '':
      return [required(at.child('type'))]
    case 'InClusterConfig':
      return kubeConfigFile === undefined ? [] : [invalidValue(file, kubeConfigFile, 'can only be set when type=KubeConfigFile')]
    case 'KubeConfigFile': {
      if (!kubeConfigFile) return [required(file)]
      if (!isAbsolute(kubeConfigFile)) return [invalidValue(file, kubeConfigFile, 'must be an absolute path')]
      const found = statSync(kubeConfigFile, { throwIfNoEntry: false })
      if (!found) return [invalidValue(file, kubeConfigFile, `error loading file: stat ${kubeConfigFile}: no such file or directory`)]
      return found.isFile() ? [] : [invalidValue(file, kubeConfigFile, 'must be a regular file')]
    }
    default:
      return [notSupported(at.child('type'), { Type: type, KubeConfigFile: kubeConfigFile ?? null }, ['InClusterConfig', 'KubeConfigFile'])]
  }
}

function conditionErrors(conditions: NonNullable<Webhook['matchConditions']>, at: FieldPath): FieldError[] {
  if (conditions.length > maxConditions) return [tooMany(at, conditions.length, maxConditions)]
  const seen = new Set<string>()
  return conditions.flatMap(({ expression = '' }, index) => {
    const where = at.index(index).child('expression')
    if (expression.trim() === '') return [required(where)]
    if (seen.has(expression)) return [duplicate(where, expression)]
    seen.add(expression)
    try {
      compileMatchCondition(expression)
      return []
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      return [invalidValue(where, expression, error.message)]
    }
  })
}

function specOf({ type, name, webhook }: Authorizer): AuthorizerSpec {
  if (!webhook) return { type: type as PlainType }
  const { kubeConfigFile } = webhook.connectionInfo
  return {
    type: 'Webhook',
    webhook: {
      name: name!,
      ...(kubeConfigFile === undefined ? {} : { kubeConfigFile }),
      authorizedTtlMs: webhook.cacheAuthorizedRequests === false ? 0 : durationMs(webhook.authorizedTTL),
      unauthorizedTtlMs: webhook.cacheUnauthorizedRequests === false ? 0 : durationMs(webhook.unauthorizedTTL),
      timeoutMs: durationMs(webhook.timeout),
      failurePolicy: webhook.failurePolicy as 'NoOpinion' | 'Deny',
      version: webhook.subjectAccessReviewVersion as 'v1' | 'v1beta1',
      matchConditions: (webhook.matchConditions ?? []).map(({ expression = '' }) => expression),
    },
  }
}
