/** The audit policy file: which rule a request falls under (docs: "Auditing"). The first that matches decides. */
import { aggregateText, type FieldError, type FieldPath, fieldErrorText, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import { type ConfigurationKinds, decodeConfiguration, type DecodedConfiguration } from '../configuration/decode.ts'
import { boolean, json, list, string, typeMeta, typesOf } from '../configuration/schemas.ts'
import type { AuthorizerAttributes } from '../types.ts'
import { type AuditConfig, type Level, levels, type Stage, stages } from './types.ts'

export interface GroupResources {
  readonly group?: string
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface PolicyRule {
  readonly level: Level
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly resources?: readonly GroupResources[]
  readonly namespaces?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

export interface AuditPolicy {
  readonly rules: readonly PolicyRule[]
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
}

const group = 'audit.k8s.io'
/** Upstream's own version, which files cannot name, but have when they name none. */
const internal = `${group}/__internal`

const kinds: ConfigurationKinds = (() => {
  const type = typesOf('v1')
  const resources = list(type('GroupResources', { group: string, resources: list(string), resourceNames: list(string) }))
  const rule = type(
    'PolicyRule',
    {
      level: string,
      users: list(string),
      userGroups: list(string),
      verbs: list(string),
      resources,
      namespaces: list(string),
      nonResourceURLs: list(string),
      omitStages: list(string),
      omitManagedFields: boolean,
    },
    { omitManagedFields: { pointer: true } },
  )
  const policy = type('Policy', { ...typeMeta, metadata: json, rules: list(rule), omitStages: list(string), omitManagedFields: boolean })
  return { [`${group}/v1, Policy`]: policy, [`${internal}, Policy`]: policy }
})()

/** Throws an Error that names the field. What is unknown in it is passed over, as upstream does. */
export function parsePolicy(text: string, file = 'audit policy', onLenient: (message: string) => void = () => {}): AuditPolicy {
  try {
    return policyOf(text, onLenient)
  } catch (error) {
    throw new Error(`loading audit policy file: ${(error as Error).message}: from file ${file}`, { cause: error })
  }
}

function policyOf(text: string, onLenient: (message: string) => void): AuditPolicy {
  const { apiVersion, object } = decoded(text, onLenient)
  if (apiVersion === internal) throw new Error(`unknown group version field ${internal}, Kind=Policy in policy`)
  const policy: AuditPolicy = { ...object, rules: object.rules ?? [] }
  const rules = path('rules')
  const errors = [...stageErrors(policy.omitStages, path('omitStages')), ...policy.rules.flatMap((rule, at) => ruleErrors(rule, rules.index(at)))]
  if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)))
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules')
  return policy
}

function decoded(text: string, onLenient: (message: string) => void): DecodedConfiguration {
  try {
    return decodeConfiguration(text, kinds, { otherwise: { apiVersion: internal, kind: 'Policy' }, onLenient })
  } catch (error) {
    throw new Error(`failed decoding: ${(error as Error).message}`, { cause: error })
  }
}

function ruleErrors(rule: PolicyRule, at: FieldPath): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [] } = rule
  const errors: FieldError[] = []
  if (!level) errors.push(required(at.child('level')))
  else if (!levels.includes(level)) errors.push(notSupported(at.child('level'), level, levels))
  const urls = at.child('nonResourceURLs')
  for (const [index, url] of nonResourceURLs.entries()) {
    if (url === '*') continue
    if (!url.startsWith('/')) errors.push(invalidValue(urls.index(index), url, "non-resource URL rules must begin with a '/' character"))
    if (url.slice(0, -1).includes('*'))
      errors.push(invalidValue(urls.index(index), url, "non-resource URL wildcards '*' must be the final character of the rule"))
  }
  for (const { group: name = '', resources: wanted = [], resourceNames = [] } of resources) {
    const wrong = name === '' || name === '*' ? [] : isDns1123Subdomain(name)
    if (wrong.length > 0) errors.push(invalidValue(at.child('resources', 'group'), name, wrong.join(',')))
    if (resourceNames.length > 0 && wanted.length === 0)
      errors.push(invalidValue(at.child('resources', 'resourceNames'), resourceNames, 'using resourceNames requires at least one resource'))
  }
  errors.push(...stageErrors(rule.omitStages, at.child('omitStages')))
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0))
    errors.push(invalidValue(urls, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
  return errors
}

function stageErrors(omitted: readonly Stage[] = [], at: FieldPath): FieldError[] {
  return omitted.flatMap((stage, index) => (stages.includes(stage) ? [] : [invalidValue(at.index(index), stage, `allowed stages are ${stages.join(',')}`)]))
}

export function evaluate(policy: AuditPolicy, attributes: AuthorizerAttributes): AuditConfig {
  const rule = policy.rules.find((each) => matches(each, attributes))
  const { omitManagedFields = false } = policy
  if (!rule) return { level: 'None', omitStages: policy.omitStages ?? [], omitManagedFields }
  // The policy's stages hold for every rule beside the rule's own.
  const omitStages = [...new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])])]
  return { level: rule.level, omitStages, omitManagedFields: rule.omitManagedFields ?? omitManagedFields }
}

function matches(rule: PolicyRule, attributes: AuthorizerAttributes): boolean {
  const { user, verb, isResourceRequest, path } = attributes
  if (rule.users?.length && !rule.users.includes(user.name)) return false
  if (rule.userGroups?.length && !user.groups.some((group) => rule.userGroups!.includes(group))) return false
  if (rule.verbs?.length && !rule.verbs.includes(verb)) return false
  if (rule.namespaces?.length || rule.resources?.length) return isResourceRequest && matchesResource(rule, attributes)
  if (rule.nonResourceURLs?.length) return !isResourceRequest && rule.nonResourceURLs.some((url) => matchesPath(url, path))
  return true
}

function matchesPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')))
}

function matchesResource(rule: PolicyRule, { group, resource, subresource, namespace, name }: AuthorizerAttributes): boolean {
  if (rule.namespaces?.length && !rule.namespaces.includes(namespace)) return false
  if (!rule.resources?.length) return true
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return rule.resources.some((each) => {
    if ((each.group ?? '') !== group && each.group !== '*') return false
    if (!each.resources?.length) return true
    if (each.resourceNames?.length && !each.resourceNames.includes(name)) return false
    return each.resources.some(
      (wanted) => wanted === combined || wanted === '*' || (subresource !== '' && wanted === `*/${subresource}`) || wanted === `${resource}/*`,
    )
  })
}
