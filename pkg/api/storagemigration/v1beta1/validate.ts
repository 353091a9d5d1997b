/** Validation of StorageVersionMigrations (pkg/apis/storagemigration/validation). */
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import { immutable, immutableMessage } from '../../checks.ts'
import { validateConditions } from '../../meta/conditions.ts'

export function validateMigration({ spec }: StorageVersionMigration): FieldError[] {
  const at = path('spec', 'resource')
  const { group = '', resource = '' } = spec?.resource ?? {}
  const wrong = (field: string, value: string, messages: readonly string[]): FieldError[] =>
    messages.length > 0 ? [invalidValue(at.child(field), value, messages.join(','))] : []
  return [
    ...(resource === '' ? [required(at.child('resource'), 'resource is required to be set')] : wrong('resource', resource, isDns1035Label(resource))),
    ...(group === '' ? [] : wrong('group', group, isDns1123Subdomain(group))),
  ]
}

export function validateMigrationUpdate(object: StorageVersionMigration, old: StorageVersionMigration): FieldError[] {
  return [...validateMigration(object), ...immutable(path('spec'), object.spec, old.spec)]
}

export function validateMigrationStatus({ status }: StorageVersionMigration, { status: old }: StorageVersionMigration): FieldError[] {
  const at = path('status')
  const { resourceVersion = '', conditions } = status
  const wrong = (why: string): FieldError => invalidValue(at.child('conditions'), conditions, why)
  const lost = (type: string): boolean => isTrue(old, type) && !isTrue(status, type)
  return [
    ...(resourceVersion === '' || /^[1-9][0-9]*$/.test(resourceVersion)
      ? []
      : [invalidValue(at.child('resourceVersion'), resourceVersion, `resource version is not well formed: ${resourceVersion}`)]),
    ...validateConditions(conditions, at.child('conditions')),
    ...(old.resourceVersion && old.resourceVersion !== resourceVersion ? [invalidValue(at.child('resourceVersion'), resourceVersion, immutableMessage)] : []),
    ...(isTrue(status, 'Succeeded') && isTrue(status, 'Failed') ? [wrong('Both success and failed conditions cannot be true at the same time')] : []),
    ...(lost('Succeeded') ? [wrong('Success condition cannot be set to false once it is true')] : []),
    ...(lost('Failed') ? [wrong('Failed condition cannot be set to false once it is true')] : []),
  ]
}

const isTrue = ({ conditions = [] }: StorageVersionMigration['status'], type: string): boolean =>
  (conditions ?? []).some((each) => each.type === type && each.status === 'True')
