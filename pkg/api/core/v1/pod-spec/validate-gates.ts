/** Validation of what a pod waits for: readiness gates, and gates before it is scheduled. */
import { duplicate, type FieldError, type FieldPath } from '#apimachinery/field-error.ts'
import type { PodReadinessGate, PodSchedulingGate } from '#api/gen/core/v1.ts'
import { validateLabelName } from '../../../meta/labels.ts'

export function validateReadinessGates(gates: readonly PodReadinessGate[] | undefined, at: FieldPath): FieldError[] {
  return (gates ?? []).flatMap(({ conditionType }, position) => validateLabelName(conditionType ?? '', at.index(position).child('conditionType')))
}

export function validateSchedulingGates(gates: readonly PodSchedulingGate[] | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (gates ?? []).flatMap(({ name = '' }, position) => {
    const errors = validateLabelName(name, at.index(position))
    if (seen.has(name)) errors.push(duplicate(at.index(position), name))
    seen.add(name)
    return errors
  })
}
