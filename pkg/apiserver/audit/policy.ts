/** The audit policy file: which rule a request falls under (docs: "Auditing"). The first that matches decides. */
import { parse } from 'yaml'
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

/** Throws an Error that names the field. */
export function parsePolicy(text: string, file = 'audit policy'): AuditPolicy {
  const policy = parse(text) as (AuditPolicy & { apiVersion?: string; kind?: string }) | null
  const fail = (why: string): never => {
    throw new Error(`loading audit policy file: invalid policy: ${why} from file ${file}`)
  }
  if (policy === null || typeof policy !== 'object') return fail('the file is empty')
  if (policy.apiVersion !== 'audit.k8s.io/v1' || policy.kind !== 'Policy')
    return fail(`no kind ${JSON.stringify(policy.kind ?? '')} is registered for version ${JSON.stringify(policy.apiVersion ?? '')}`)
  if (!Array.isArray(policy.rules) || policy.rules.length === 0) return fail('loaded illegal policy with 0 rules')
  const errors = [...policy.rules.flatMap((rule, at) => ruleErrors(rule, `rules[${at}]`)), ...stageErrors(policy.omitStages, 'omitStages')]
  return errors.length > 0 ? fail(errors.join(', ')) : policy
}

function ruleErrors(rule: PolicyRule, at: string): string[] {
  const errors: string[] = []
  if (!rule.level) errors.push(`${at}.level: Required value`)
  else if (!levels.includes(rule.level)) errors.push(`${at}.level: Unsupported value: ${JSON.stringify(rule.level)}: supported values: ${quoted(levels)}`)
  for (const [index, url] of (rule.nonResourceURLs ?? []).entries()) {
    if (url !== '*' && !url.startsWith('/'))
      errors.push(`${at}.nonResourceURLs[${index}]: Invalid value: ${JSON.stringify(url)}: non-resource URL rules must begin with a '/' character`)
    if (url.slice(0, -1).includes('*'))
      errors.push(
        `${at}.nonResourceURLs[${index}]: Invalid value: ${JSON.stringify(url)}: non-resource URL wildcards '*' must be the final character of the rule`,
      )
  }
  for (const { resources, resourceNames, group } of rule.resources ?? []) {
    if (resourceNames?.length && !resources?.length)
      errors.push(`${at}.resources.resourceNames: Invalid value: ${JSON.stringify(resourceNames)}: using resourceNames requires at least one resource`)
    if (group?.includes('/'))
      errors.push(`${at}.resources.group: Invalid value: ${JSON.stringify(group)}: a lowercase RFC 1123 subdomain must be given, without a version`)
  }
  if (rule.nonResourceURLs?.length && (rule.resources?.length || rule.namespaces?.length))
    errors.push(
      `${at}.nonResourceURLs: Invalid value: ${JSON.stringify(rule.nonResourceURLs)}: rules cannot apply to both regular resources and non-resource URLs`,
    )
  return [...errors, ...stageErrors(rule.omitStages, `${at}.omitStages`)]
}

function stageErrors(omitted: readonly Stage[] | undefined, at: string): string[] {
  const wrong = (omitted ?? []).filter((stage) => !stages.includes(stage))
  return wrong.map((stage) => `${at}: Invalid value: ${JSON.stringify(stage)}: allowed stages are ${stages.join(',')}`)
}

const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ')

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
