/** Validation of which requests a webhook or a policy is for. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isPathSegmentName } from '#apimachinery/names.ts'
import type { NamedRuleWithOperations, RuleWithOperations } from '#api/gen/admissionregistration/v1.ts'
import { complaints, optionalOneOf } from '../../checks.ts'

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

export function validateNamedRule(rule: NamedRuleWithOperations, at: FieldPath): FieldError[] {
  const names = rule.resourceNames ?? []
  const here = at.child('resourceNames')
  return [
    ...names.flatMap((name, position) => [
      ...complaints(here.index(position), name, isPathSegmentName(name)),
      ...(names.indexOf(name) < position ? [duplicate(here.index(position), name)] : []),
    ]),
    ...validateRule(rule, at),
  ]
}

export function validateRule(rule: RuleWithOperations, at: FieldPath): FieldError[] {
  return [
    ...someOrAll(rule.operations, 'operations', at.child('operations')),
    ...(rule.operations ?? []).flatMap((operation, position) =>
      operations.includes(operation) ? [] : [notSupported(at.child('operations').index(position), operation, operations)],
    ),
    ...someOrAll(rule.apiGroups, 'API groups', at.child('apiGroups')),
    ...someOrAll(rule.apiVersions, 'API versions', at.child('apiVersions')),
    ...(rule.apiVersions ?? []).flatMap((version, position) => (version === '' ? [required(at.child('apiVersions').index(position))] : [])),
    ...validateResources(rule.resources ?? [], at.child('resources')),
    ...optionalOneOf(at.child('scope'), rule.scope, ['*', 'Cluster', 'Namespaced']),
  ]
}

function someOrAll(list: readonly string[] | undefined, what: string, at: FieldPath): FieldError[] {
  const given = list ?? []
  if (given.length === 0) return [required(at)]
  return given.length > 1 && given.includes('*') ? [invalidValue(at, given, `if '*' is present, must not specify other ${what}`)] : []
}

/** Resources and subresources: "pods", "pods/status", "pods/*", "*" with either half. */
function validateResources(resources: readonly string[], at: FieldPath): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [required(at)] : []
  const wholeResources = new Set<string>()
  const everywhere = new Set<string>()
  let lastIsResourceAlone = false
  for (const [position, given] of resources.entries()) {
    const here = at.index(position)
    if (given === '') {
      errors.push(required(here))
      continue
    }
    const slash = given.indexOf('/')
    if (slash < 0) {
      lastIsResourceAlone = given !== '*'
      continue
    }
    const [resource, subresource] = [given.slice(0, slash), given.slice(slash + 1)]
    if (wholeResources.has(resource)) errors.push(invalidValue(here, given, `if '${resource}/*' is present, must not specify ${given}`))
    if (everywhere.has(subresource)) errors.push(invalidValue(here, given, `if '*/${subresource}' is present, must not specify ${given}`))
    if (subresource === '*') wholeResources.add(resource)
    if (resource === '*') everywhere.add(subresource)
  }
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalidValue(at, resources, "if '*/*' is present, must not specify other resources"))
  if (resources.includes('*') && lastIsResourceAlone)
    errors.push(invalidValue(at, resources, "if '*' is present, must not specify other resources without subresources"))
  return errors
}
