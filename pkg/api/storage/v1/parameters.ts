/** Validation of provisioners and their parameters. */
import { type FieldError, type FieldPath, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { complaints } from '../../checks.ts'

const maxCount = 512
const maxBytes = 256 * 1024

export function validateProvisioner(provisioner: string | undefined, at: FieldPath): FieldError[] {
  return provisioner ? complaints(at, provisioner.toLowerCase(), isQualifiedName(provisioner.toLowerCase())) : [required(at)]
}

export function validateParameters(parameters: Readonly<Record<string, string>> | undefined, at: FieldPath): FieldError[] {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > maxCount) return [tooLong(at, maxCount)]
  const errors = entries.flatMap(([key]) => (key === '' ? [invalidValue(at, key, 'field can not be empty.')] : []))
  return sizeOf(entries) > maxBytes ? [...errors, tooLong(at, maxBytes)] : errors
}

export function tooManyBytes(map: Readonly<Record<string, string>> | undefined, at: FieldPath): FieldError[] {
  return sizeOf(Object.entries(map ?? {})) > maxBytes ? [tooLong(at, maxBytes)] : []
}

function sizeOf(entries: readonly (readonly [string, string])[]): number {
  return entries.reduce((total, [key, value]) => total + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
}
