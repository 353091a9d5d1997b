/** Validation of roles and bindings. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain, nameIsPathSegment } from '#apimachinery/names.ts'
import { type ClusterRole, type ClusterRoleBinding, type PolicyRule, type Role, type RoleBinding, RoleRefSchema, type Subject } from '#api/gen/rbac/v1.ts'
import type { LabelSelector } from '#apimachinery/gen/meta-v1.ts'
import { complaints } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { semanticEqual } from '../../semantic-equal.ts'

const group = 'rbac.authorization.k8s.io'

export function validateRole({ rules }: Role): FieldError[] {
  return (rules ?? []).flatMap((rule, position) => validateRule(rule, true, path('rules').index(position)))
}

export function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors = (rules ?? []).flatMap((rule, position) => validateRule(rule, false, path('rules').index(position)))
  if (!aggregationRule) return errors
  const here = path('aggregationRule', 'clusterRoleSelectors')
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0) return [...errors, required(here, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  return [...errors, ...selectors.flatMap((selector, position) => validateSelector(selector, here.index(position)))]
}

/** That it selects nothing is told once more for the whole of it. */
function validateSelector(selector: LabelSelector, at: FieldPath): FieldError[] {
  const errors = validateLabelSelector(selector, at)
  return errors.length === 0 ? [] : [...errors, invalidValue(at, null, 'invalid label selector.')]
}

function validateRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule, namespaced: boolean, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const isEmpty = (list: readonly string[] | undefined) => (list ?? []).length === 0
  if (isEmpty(verbs)) errors.push(required(at.child('verbs'), 'verbs must contain at least one value'))
  if (!isEmpty(nonResourceURLs)) {
    if (namespaced) errors.push(invalidValue(at.child('nonResourceURLs'), nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
    if (!isEmpty(apiGroups) || !isEmpty(resources) || !isEmpty(resourceNames)) {
      errors.push(invalidValue(at.child('nonResourceURLs'), nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
    }
    return errors
  }
  if (isEmpty(apiGroups)) errors.push(required(at.child('apiGroups'), 'resource rules must supply at least one api group'))
  if (isEmpty(resources)) errors.push(required(at.child('resources'), 'resource rules must supply at least one resource'))
  return errors
}

type AnyBinding = RoleBinding | ClusterRoleBinding

export function validateBinding({ roleRef, subjects }: AnyBinding, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  const at = path('roleRef')
  if (roleRef.apiGroup !== group) errors.push(notSupported(at.child('apiGroup'), roleRef.apiGroup ?? '', [group]))
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported(at.child('kind'), roleRef.kind ?? '', kinds))
  if (!roleRef.name) errors.push(required(at.child('name')))
  else errors.push(...complaints(at.child('name'), roleRef.name, nameIsPathSegment(roleRef.name, false)))
  return [...errors, ...(subjects ?? []).flatMap((subject, position) => validateSubject(subject, namespaced, path('subjects').index(position)))]
}

function validateSubject({ kind, name, apiGroup = '', namespace }: Subject, namespaced: boolean, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (!name) errors.push(required(at.child('name')))
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...complaints(at.child('name'), name, nameIsDnsSubdomain(name, false)))
    if (apiGroup !== '') errors.push(notSupported(at.child('apiGroup'), apiGroup, ['']))
    if (!namespaced && !namespace) errors.push(required(at.child('namespace')))
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== group) errors.push(notSupported(at.child('apiGroup'), apiGroup, [group]))
  } else errors.push(notSupported(at.child('kind'), kind ?? '', ['ServiceAccount', 'User', 'Group']))
  return errors
}

export function validateBindingUpdate(binding: AnyBinding, old: AnyBinding): FieldError[] {
  return semanticEqual(binding.roleRef, old.roleRef)
    ? []
    : [invalidValue(path('roleRef'), internalForm(RoleRefSchema, binding.roleRef), 'cannot change roleRef')]
}
