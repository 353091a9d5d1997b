/** Rules and selectors that say which requests a webhook or a policy is for. */
import type { NamedRuleWithOperations } from '#api/gen/admissionregistration/v1.ts'
import type { Namespace } from '#api/gen/core/v1.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { CachedReader } from '../cached-reader.ts'
import { internalError, notFound } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../types.ts'
import { definitionOf, equivalentsOf, type Kinds } from './kinds.ts'

export interface Matching {
  readonly rules: readonly NamedRuleWithOperations[] | undefined
  readonly excluded?: readonly NamedRuleWithOperations[] | undefined
  readonly matchPolicy: string | undefined
  readonly namespaceSelector: LabelSelector | undefined
  readonly objectSelector: LabelSelector | undefined
}

/** A kind without a definition: what is asked of is written as it is. */
export interface Matched {
  readonly group: string
  readonly version: string
  readonly definition: ResourceDefinition | undefined
  /** Undefined when the request itself is of the version matched. */
  readonly convertTo: ResourceDefinition | undefined
}

export interface Matcher {
  /** Undefined: the request is none of its business. */
  match(matching: Matching, attributes: AdmissionAttributes): Promise<Matched | undefined>
  namespaceOf(attributes: AdmissionAttributes): Promise<Namespace | undefined>
}

export function createMatcher(kinds: Kinds, namespaces: CachedReader<Namespace>): Matcher {
  const namespaceOf = async (attributes: AdmissionAttributes): Promise<Namespace | undefined> => {
    const { namespace } = attributes
    if (namespace === '' || isNamespace(attributes)) return undefined
    const found = await namespaces.get(undefined, namespace)
    if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace)
    return found
  }
  return {
    namespaceOf,
    async match(matching, attributes) {
      if (!byObject(matching.objectSelector, attributes)) return undefined
      const matched = byRules(kinds, matching, attributes)
      if (!matched) return undefined
      return (await byNamespace(matching.namespaceSelector, attributes, namespaceOf)) ? matched : undefined
    },
  }
}

interface ServedAs {
  readonly definition: ResourceDefinition | undefined
  readonly equivalents: readonly ResourceDefinition[]
}

/** Of one request, which many webhooks and policies may ask for. */
const served = new WeakMap<AdmissionAttributes, ServedAs>()

function servedAs(kinds: Kinds, attributes: AdmissionAttributes): ServedAs {
  let found = served.get(attributes)
  if (!found) {
    const definition = definitionOf(kinds, attributes)
    found = { definition, equivalents: definition ? equivalentsOf(kinds, definition) : [] }
    served.set(attributes, found)
  }
  return found
}

function byRules(kinds: Kinds, { rules = [], excluded = [], matchPolicy }: Matching, attributes: AdmissionAttributes): Matched | undefined {
  const { definition, equivalents } = servedAs(kinds, attributes)
  const group = definition?.group ?? attributes.group
  const version = definition?.version ?? attributes.version
  const namespaced = definition ? definition.namespaced : attributes.namespace !== ''
  const others = matchPolicy === 'Exact' ? [] : equivalents
  const fits = (rule: NamedRuleWithOperations, of: { group: string; version: string; plural?: string }) =>
    ruleFits(rule, attributes, of.group, of.version, of.plural ?? attributes.resource, namespaced)
  if (excluded.some((rule) => fits(rule, { group, version }) || others.some((other) => fits(rule, other)))) return undefined
  for (const rule of rules) if (fits(rule, { group, version })) return { group, version, definition, convertTo: undefined }
  for (const rule of rules) {
    const other = others.find((each) => fits(rule, each))
    if (other) return { group: other.group, version: other.version, definition, convertTo: other }
  }
  return undefined
}

function ruleFits(
  rule: NamedRuleWithOperations,
  attributes: AdmissionAttributes,
  group: string,
  version: string,
  plural: string,
  namespaced: boolean,
): boolean {
  const { operation, subresource, name, object } = attributes
  const has = (list: readonly string[] | undefined, value: string) => list?.includes('*') === true || list?.includes(value) === true
  if (!has(rule.operations, operation) || !has(rule.apiGroups, group) || !has(rule.apiVersions, version)) return false
  if (rule.scope === 'Namespaced' && (!namespaced || isNamespace(attributes))) return false
  if (rule.scope === 'Cluster' && namespaced) return false
  if (rule.resourceNames?.length && !rule.resourceNames.includes(name || object?.metadata?.name || '')) return false
  return (rule.resources ?? []).some((each) => {
    const [wanted = '', wantedSub = ''] = each.split('/')
    return (wanted === '*' || wanted === plural) && (wantedSub === '*' || wantedSub === subresource)
  })
}

export function isNamespace({ resource, group }: AdmissionAttributes): boolean {
  return resource === 'namespaces' && group === ''
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  return !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
}

function byObject(selector: LabelSelector | undefined, { object, oldObject }: AdmissionAttributes): boolean {
  if (isEmpty(selector)) return true
  const compiled = selectorFromLabelSelector(selector)
  return [object, oldObject].some((each) => each?.metadata !== undefined && compiled.matches(each.metadata.labels ?? {}))
}

async function byNamespace(
  selector: LabelSelector | undefined,
  attributes: AdmissionAttributes,
  namespaceOf: (attributes: AdmissionAttributes) => Promise<Namespace | undefined>,
): Promise<boolean> {
  if (isEmpty(selector)) return true
  const compiled = selectorFromLabelSelector(selector)
  // A namespace is selected by its own labels.
  if (isNamespace(attributes)) return compiled.matches((attributes.object ?? attributes.oldObject)?.metadata.labels ?? {})
  if (attributes.namespace === '') return true
  try {
    return compiled.matches((await namespaceOf(attributes))?.metadata.labels ?? {})
  } catch (error) {
    throw error instanceof Error && error.name === 'StatusError' ? error : internalError(String(error))
  }
}

const configurations = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']
const policies = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings']

/** What configures admission is never asked of webhooks. */
export function isExemptFromWebhooks({ group, resource }: AdmissionAttributes): boolean {
  return group === 'admissionregistration.k8s.io' && (configurations.includes(resource) || policies.includes(resource))
}

/** Policies judge neither themselves nor reviews, without which nothing works. */
export function isExemptFromPolicies({ group, resource }: AdmissionAttributes): boolean {
  if (group === 'admissionregistration.k8s.io') return policies.includes(resource)
  return ['authentication.k8s.io', 'authorization.k8s.io'].includes(group) && resource.endsWith('reviews')
}
