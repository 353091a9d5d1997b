/** Validation of volume attributes classes. */
import { type FieldError, forbiddenField, path, required } from '#apimachinery/field-error.ts'
import type { VolumeAttributesClass } from '#api/gen/storage/v1.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateParameters, validateProvisioner } from './parameters.ts'

export function validateVolumeAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  const at = path('parameters')
  return [
    ...validateProvisioner(driverName, path('driverName')),
    ...validateParameters(parameters, at),
    ...(Object.keys(parameters ?? {}).length === 0 ? [required(at, 'must contain at least one key/value pair')] : []),
  ]
}

export function validateVolumeAttributesClassUpdate(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  return [
    ...(object.driverName === old.driverName ? [] : [forbiddenField(path('driverName'), 'updates to driverName are forbidden.')]),
    ...(semanticEqual(object.parameters ?? {}, old.parameters ?? {}) ? [] : [forbiddenField(path('parameters'), 'updates to parameters are forbidden.')]),
  ]
}
