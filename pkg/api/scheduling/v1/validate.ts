/** Validation of priority classes. */
import { type FieldError, forbiddenField, path } from '#apimachinery/field-error.ts'
import type { PriorityClass } from '#api/gen/scheduling/v1.ts'
import { immutable, requiredOneOf } from '../../checks.ts'

const highestUserPriority = 1_000_000_000
const systemClasses: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 }

export function validatePriorityClass({ metadata, value = 0, globalDefault = false, preemptionPolicy }: PriorityClass): FieldError[] {
  const errors: FieldError[] = []
  const name = metadata.name ?? ''
  if (name.startsWith('system-')) {
    const why =
      systemClasses[name] === undefined
        ? `${name} is not a known system priority class`
        : systemClasses[name] !== value
          ? `value of ${name} PriorityClass must be ${systemClasses[name]}`
          : globalDefault
            ? `globalDefault of ${name} PriorityClass must be false`
            : ''
    if (why) errors.push(forbiddenField(path('metadata', 'name'), `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`))
  } else if (value > highestUserPriority)
    errors.push(forbiddenField(path('value'), `maximum allowed value of a user defined priority is ${highestUserPriority}`))
  return [...errors, ...requiredOneOf(path('preemptionPolicy'), preemptionPolicy, ['PreemptLowerPriority', 'Never'])]
}

export function validatePriorityClassUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: FieldError[] = []
  if ((object.value ?? 0) !== (old.value ?? 0)) errors.push(forbiddenField(path('value'), 'may not be changed in an update.'))
  return [...errors, ...immutable(path('preemptionPolicy'), object.preemptionPolicy, old.preemptionPolicy)]
}
