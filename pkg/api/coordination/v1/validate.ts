/** Validation of leases. */
import { type FieldError, forbiddenField, invalidValue, path } from '#apimachinery/field-error.ts'
import type { Lease } from '#api/gen/coordination/v1.ts'

export function validateLease({ spec }: Lease): FieldError[] {
  const at = path('spec')
  const errors: FieldError[] = []
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec ?? {}
  if (duration !== undefined && duration <= 0) errors.push(invalidValue(at.child('leaseDurationSeconds'), duration, 'must be greater than 0'))
  if (transitions !== undefined && transitions < 0) errors.push(invalidValue(at.child('leaseTransitions'), transitions, 'must be greater than or equal to 0'))
  if (preferredHolder && !strategy) errors.push(forbiddenField(at.child('preferredHolder'), 'may only be specified if `strategy` is defined'))
  return errors
}
