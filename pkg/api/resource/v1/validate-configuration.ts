/** Validation of what is handed to a driver as it is. */
import { type FieldError, type FieldPath, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import type { DeviceConfiguration } from '#api/gen/resource/v1.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'

const parametersMaxLength = 10 * 1024

/** `stored`: as it was before, when no limit was known. */
export function validateConfiguration({ opaque }: DeviceConfiguration, at: FieldPath, stored = false): FieldError[] {
  if (!opaque) return [required(at.child('opaque'))]
  const here = at.child('opaque')
  return [
    ...csiDriverName(opaque.driver, here.child('driver')),
    ...validateRaw(opaque.parameters, stored ? undefined : parametersMaxLength, here.child('parameters')),
  ]
}

export function validateRaw(value: unknown, maxLength: number | undefined, at: FieldPath): FieldError[] {
  if (value === undefined || value === null) return [required(at)]
  if (maxLength !== undefined && Buffer.byteLength(JSON.stringify(value)) > maxLength) return [tooLong(at, maxLength)]
  return typeof value === 'object' && !Array.isArray(value) ? [] : [invalidValue(at, '<value omitted>', 'must be a valid JSON object')]
}
