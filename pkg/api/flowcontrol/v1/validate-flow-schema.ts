/** Validation of flow schemas (pkg/apis/flowcontrol/validation). */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsLabel, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import {
  type FlowSchema,
  FlowSchemaSpecSchema,
  type NonResourcePolicyRule,
  type PolicyRulesWithSubjects,
  type ResourcePolicyRule,
  type Subject,
} from '#api/gen/flowcontrol/v1.ts'
import { complaints, requiredText } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { mandatoryFlowSchemas } from './mandatory.ts'
import { validateUrlPath } from './validate-url-path.ts'

const at = path('spec')
const highestPrecedence = 10000
const methods = ['ByNamespace', 'ByUser']
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

export function validateFlowSchema(object: FlowSchema): FieldError[] {
  const { metadata, spec, status } = object
  const fixed = mandatoryFlowSchemas.find((each) => each.metadata.name === metadata.name)
  return [
    ...validateSpec(object),
    ...(fixed && !semanticEqual(spec, fixed.spec)
      ? [invalidValue(at, internalForm(FlowSchemaSpecSchema, spec), `spec of '${metadata.name}' must equal the fixed value`)]
      : []),
    ...validateConditionTypes(status?.conditions),
  ]
}

/** Of both kinds of the group: each type once. */
export function validateConditionTypes(conditions: readonly { readonly type?: string }[] | undefined): FieldError[] {
  const types = new Set<string>()
  return (conditions ?? []).flatMap(({ type = '' }, position) => {
    const here = path('status', 'conditions').index(position).child('type')
    const again = types.has(type) ? [duplicate(here, type)] : []
    types.add(type)
    return [...again, ...requiredText(here, type)]
  })
}

function validateSpec({ metadata, spec }: FlowSchema): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method } = spec
  const here = at.child('matchingPrecedence')
  const level = spec.priorityLevelConfiguration?.name
  const levelAt = at.child('priorityLevelConfiguration', 'name')
  return [
    ...(precedence <= 0 ? [invalidValue(here, precedence, 'must be a positive value')] : []),
    ...(precedence > highestPrecedence ? [invalidValue(here, precedence, `must not be greater than ${highestPrecedence}`)] : []),
    ...(precedence === 1 && metadata.name !== 'exempt' ? [invalidValue(here, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")] : []),
    ...(method && !methods.includes(method.type) ? [notSupported(at.child('distinguisherMethod', 'type'), { Type: method.type }, methods)] : []),
    ...(level ? complaints(levelAt, level, nameIsDnsSubdomain(level, false)) : [required(levelAt, 'must reference a priority level')]),
    ...(spec.rules ?? []).flatMap((rule, position) => validateRule(rule, at.child('rules').index(position))),
  ]
}

function validateRule({ subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects, at: FieldPath): FieldError[] {
  const here = at.child('subjects')
  const isEmpty = (resourceRules ?? []).length + (nonResourceRules ?? []).length === 0
  return [
    ...((subjects ?? []).length === 0 ? [required(here, 'subjects must contain at least one value')] : []),
    ...(subjects ?? []).flatMap((subject, position) => validateSubject(subject, here.index(position))),
    ...(isEmpty ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...(resourceRules ?? []).flatMap((rule, position) => validateResourceRule(rule, at.child('resourceRules').index(position))),
    ...(nonResourceRules ?? []).flatMap((rule, position) => validateNonResourceRule(rule, at.child('nonResourceRules').index(position))),
  ]
}

const subjectKinds = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const
type SubjectKind = keyof typeof subjectKinds

function validateSubject(subject: Subject, at: FieldPath): FieldError[] {
  const kind = subject.kind as SubjectKind
  const key = subjectKinds[kind]
  if (key === undefined) return [notSupported(at.child('kind'), subject.kind, ['Group', 'ServiceAccount', 'User'])]
  const others = (['ServiceAccount', 'User', 'Group'] as const).filter((other) => other !== kind && subject[subjectKinds[other]] !== undefined)
  return [
    ...(subject[key] === undefined
      ? [required(at.child(key), `${key} is required when subject kind is '${kind}'`)]
      : validateNamed(subject, key, at.child(key))),
    ...others.map((other) => forbiddenField(at.child(subjectKinds[other]), `${subjectKinds[other]} is forbidden when subject kind is not '${other}'`)),
  ]
}

function validateNamed(subject: Subject, key: (typeof subjectKinds)[SubjectKind], at: FieldPath): FieldError[] {
  const name = subject[key]?.name
  const errors = requiredText(at.child('name'), name)
  if (key !== 'serviceAccount') return errors
  if (name && name !== '*') errors.push(...complaints(at.child('name'), name, nameIsDnsSubdomain(name, false)))
  const namespace = subject.serviceAccount?.namespace
  const here = at.child('namespace')
  return [
    ...errors,
    ...(namespace ? complaints(here, namespace, nameIsDnsLabel(namespace, false)) : [required(here, 'must specify namespace for service account')]),
  ]
}

function validateVerbs(given: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const wild = validateWildcard(given, 'verbs', at)
  if (!given || given.length === 0) return [required(at, 'verbs must contain at least one value')]
  if (given.includes('*')) return wild
  return given.every((verb) => verbs.includes(verb)) ? [] : [notSupported(at, given, verbs)]
}

function validateWildcard(given: readonly string[] | undefined, what: string, at: FieldPath): FieldError[] {
  return given && given.length > 1 && given.includes('*') ? [invalidValue(at, given, `if '*' is present, must not specify other ${what}`)] : []
}

function validateResourceRule({ verbs: given, apiGroups, resources, namespaces, clusterScope }: ResourcePolicyRule, at: FieldPath): FieldError[] {
  const someOf = (list: readonly string[] | undefined, key: string, what: string, one: string) =>
    (list ?? []).length === 0 ? [required(at.child(key), `resource rules must supply at least one ${one}`)] : validateWildcard(list, what, at.child(key))
  return [
    ...validateVerbs(given, at.child('verbs')),
    ...someOf(apiGroups, 'apiGroups', 'api groups', 'api group'),
    ...someOf(resources, 'resources', 'resources', 'resource'),
    ...validateNamespaces(namespaces ?? [], clusterScope === true, at.child('namespaces')),
  ]
}

function validateNamespaces(namespaces: readonly string[], isClusterScope: boolean, at: FieldPath): FieldError[] {
  if (namespaces.length === 0 && !isClusterScope) return [required(at, 'resource rules that are not cluster scoped must supply at least one namespace')]
  if (namespaces.includes('*')) return validateWildcard(namespaces, 'namespaces', at)
  return namespaces.flatMap((namespace, position) =>
    nameIsDnsLabel(namespace, false).map((message) =>
      invalidValue(at.index(position), namespace, `each member of this list must be '*' or a DNS-1123 label; ${message}`),
    ),
  )
}

function validateNonResourceRule({ verbs: given, nonResourceURLs: urls }: NonResourcePolicyRule, at: FieldPath): FieldError[] {
  const here = at.child('nonResourceURLs')
  const errors = validateVerbs(given, at.child('verbs'))
  if ((urls ?? []).length === 0) return [...errors, required(here, 'nonResourceURLs must contain at least one value')]
  if (urls.includes('*')) return [...errors, ...validateWildcard(urls, 'non-resource URLs', here)]
  return [...errors, ...urls.flatMap((url, position) => validateUrlPath(url, here.index(position)))]
}
