/** Validation of what a job makes of failed pods (KEP-3329). */
import { duplicate, type FieldError, type FieldPath, invalidOmitted, invalidValue, notSupported, required, tooMany } from '#apimachinery/field-error.ts'
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule } from '#api/gen/batch/v1.ts'
import { validateLabelName } from '../../meta/labels.ts'

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']
const maxRules = 20
const maxPatterns = 20
const maxValues = 255

/** As Go prints a list of texts. */
const valid = (values: readonly string[]): string => `valid values: [${values.map((each) => JSON.stringify(each)).join(' ')}]`

function requiredOf(at: FieldPath, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(at, valid(supported))]
  return supported.includes(value) ? [] : [notSupported(at, value, supported)]
}

export function validateFailurePolicy(spec: JobSpec, at: FieldPath): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const here = at.child('rules')
  const names = new Set([...(spec.template.spec.containers ?? []), ...(spec.template.spec.initContainers ?? [])].map(({ name }) => name))
  return [
    ...(rules.length > maxRules ? [tooMany(here, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, position) => validateRule(rule, spec, names, here.index(position))),
  ]
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, names: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const { action, onExitCodes, onPodConditions: patterns = [] } = rule
  const errors = requiredOf(at.child('action'), action, actions)
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    errors.push(invalidValue(at.child('action'), action, 'requires the backoffLimitPerIndex to be set'))
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, names, at.child('onExitCodes')))
  if (patterns.length > 0) errors.push(...validatePatterns(patterns, at.child('onPodConditions')))
  if (onExitCodes && patterns.length > 0) errors.push(invalidOmitted(at, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!onExitCodes && patterns.length === 0) errors.push(invalidOmitted(at, 'specifying one of OnExitCodes and OnPodConditions is required'))
  return errors
}

function validatePatterns(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], at: FieldPath): FieldError[] {
  return [
    ...(patterns.length > maxPatterns ? [tooMany(at, patterns.length, maxPatterns)] : []),
    ...patterns.flatMap(({ type, status }, position) => [
      ...validateLabelName(type ?? '', at.index(position).child('type')),
      ...requiredOf(at.index(position).child('status'), status, statuses),
    ]),
  ]
}

function validateExitCodes({ operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement, names: ReadonlySet<string>, at: FieldPath) {
  const valuesAt = at.child('values')
  const errors = requiredOf(at.child('operator'), operator, operators)
  if (containerName !== undefined && !names.has(containerName))
    errors.push(invalidValue(at.child('containerName'), containerName, 'must be one of the container or initContainer names in the pod template'))
  if (values.length === 0) errors.push(invalidValue(valuesAt, values, 'at least one value is required'))
  else if (values.length > maxValues) errors.push(tooMany(valuesAt, values.length, maxValues))
  const seen = new Set<number>()
  for (const [position, value] of values.entries()) {
    if (operator === 'In' && value === 0) errors.push(invalidValue(valuesAt.index(position), value, 'must not be 0 for the In operator'))
    if (seen.has(value)) errors.push(duplicate(valuesAt.index(position), value))
    seen.add(value)
  }
  const ordered = values.every((value, position) => position === 0 || values[position - 1]! <= value)
  return ordered ? errors : [...errors, invalidValue(valuesAt, values, 'must be ordered')]
}
