/** The file of --authorization-config: AuthorizationConfiguration of apiserver.config.k8s.io, an ordered list of authorizers. */
import { parse } from 'yaml'
import { parseDuration } from '../flags/parse.ts'
import { compileMatchCondition } from './webhook.ts'

export interface WebhookConfiguration {
  readonly name: string
  readonly kubeConfigFile: string
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly timeoutMs: number
  readonly failurePolicy: 'NoOpinion' | 'Deny'
  readonly matchConditions: readonly string[]
}

export type AuthorizerSpec =
  | { readonly type: 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny' }
  | { readonly type: 'Webhook'; readonly webhook: WebhookConfiguration }

const plain = new Set(['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'])
const versions = new Set(['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`))

/** Throws an Error with the fields that are wrong. */
export function parseAuthorizationConfiguration(text: string): readonly AuthorizerSpec[] {
  const raw = parse(text) as { apiVersion?: string; kind?: string; authorizers?: any[] } | null
  if (raw?.kind !== 'AuthorizationConfiguration' || !versions.has(raw.apiVersion ?? ''))
    throw new Error(`no kind ${JSON.stringify(raw?.kind ?? '')} is registered for version ${JSON.stringify(raw?.apiVersion ?? '')}`)
  const errors: string[] = []
  const authorizers = raw.authorizers ?? []
  if (authorizers.length === 0) errors.push('authorizers: Required value: at least one authorization mode must be defined')
  const specs = authorizers.map((each, at) => specOf(each, `authorizers[${at}]`, errors))
  const names = authorizers.map(({ name }) => name)
  for (const [at, name] of names.entries()) if (names.indexOf(name) < at) errors.push(`authorizers[${at}].name: Duplicate value: ${JSON.stringify(name)}`)
  if (errors.length > 0) throw new Error(errors.join(', '))
  return specs
}

function specOf({ type = '', name = '', webhook }: any, at: string, errors: string[]): AuthorizerSpec {
  if (name === '') errors.push(`${at}.name: Required value`)
  if (plain.has(type)) {
    if (webhook) errors.push(`${at}.webhook: Invalid value: may only be specified when type=Webhook`)
    return { type }
  }
  if (type !== 'Webhook')
    errors.push(`${at}.type: Unsupported value: ${JSON.stringify(type)}: supported values: "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"`)
  const given = webhook ?? {}
  const duration = (field: string, otherwise?: string): number => {
    const milliseconds = parseDuration(String(given[field] ?? otherwise ?? ''))
    if (milliseconds === undefined)
      errors.push(
        `${at}.webhook.${field}: ${given[field] === undefined ? 'Required value' : `Invalid value: ${JSON.stringify(given[field])}: must be a duration`}`,
      )
    return milliseconds ?? 0
  }
  const info = given.connectionInfo ?? {}
  if (info.type !== 'KubeConfigFile' || !info.kubeConfigFile)
    errors.push(`${at}.webhook.connectionInfo: Invalid value: ${JSON.stringify(info.type ?? '')}: a KubeConfigFile with its kubeConfigFile is wanted`)
  if (!['NoOpinion', 'Deny'].includes(given.failurePolicy))
    errors.push(`${at}.webhook.failurePolicy: ${given.failurePolicy ? 'Unsupported' : 'Required'} value: supported values: "Deny", "NoOpinion"`)
  if (given.subjectAccessReviewVersion !== 'v1') errors.push(`${at}.webhook.subjectAccessReviewVersion: Unsupported value: supported values: "v1"`)
  const matchConditions: string[] = (given.matchConditions ?? []).map((each: any) => String(each?.expression ?? ''))
  for (const [index, text] of matchConditions.entries()) {
    try {
      compileMatchCondition(text)
    } catch (error) {
      errors.push(
        `${at}.webhook.matchConditions[${index}].expression: Invalid value: ${JSON.stringify(text)}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  return {
    type: 'Webhook',
    webhook: {
      name,
      kubeConfigFile: info.kubeConfigFile ?? '',
      authorizedTtlMs: given.cacheAuthorizedRequests === false ? 0 : duration('authorizedTTL', '5m0s'),
      unauthorizedTtlMs: given.cacheUnauthorizedRequests === false ? 0 : duration('unauthorizedTTL', '30s'),
      timeoutMs: duration('timeout'),
      failurePolicy: given.failurePolicy,
      matchConditions,
    },
  }
}
