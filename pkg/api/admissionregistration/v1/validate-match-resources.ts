/** Validation of what policies and their bindings match. */
import { type FieldError, type FieldPath, notSupported, required } from '#apimachinery/field-error.ts'
import type { MatchResources, NamedRuleWithOperations } from '#api/gen/admissionregistration/v1.ts'
import { oneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { validateNamedRule } from './validate-rule.ts'

const mutated = ['*', 'CONNECT', 'CREATE', 'UPDATE']

export function validateMatchResources(match: MatchResources, at: FieldPath): FieldError[] {
  return [
    ...(match.matchPolicy === undefined ? [required(at.child('matchPolicy'))] : oneOf(at.child('matchPolicy'), match.matchPolicy, ['Equivalent', 'Exact'])),
    ...(['namespaceSelector', 'objectSelector'] as const).flatMap((key) =>
      match[key] ? validateLabelSelector(match[key], at.child(key)) : [required(at.child(key))],
    ),
    ...(['resourceRules', 'excludeResourceRules'] as const).flatMap((key) =>
      (match[key] ?? []).flatMap((rule, position) => validateNamedRule(rule, at.child(key).index(position))),
    ),
  ]
}

/** What is deleted cannot be changed. Upstream says so of all rules at once. */
export function validateMutatedOperations(rules: readonly NamedRuleWithOperations[] | undefined, at: FieldPath): FieldError[] {
  const operations = (rules ?? []).flatMap((rule) => rule.operations ?? [])
  return operations.filter((operation) => !mutated.includes(operation)).map((operation) => notSupported(at, operation, mutated))
}
