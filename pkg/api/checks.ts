/** Checks that many kinds make of a field, in the words of k8s.io/apimachinery/pkg/api/validation. */
import { type FieldError, type FieldPath, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isValidCidrForLegacyField, isValidIpForLegacyField } from '#apimachinery/ip.ts'
import { isValidPortName, isValidPortNum } from '#apimachinery/names.ts'
import type { TypeSchema } from '#apimachinery/schema/types.ts'
import { internalForm } from './internal-form.ts'
import { semanticEqual } from './semantic-equal.ts'

export const immutableMessage = 'field is immutable'

/** One error for each message that a check of names gave. */
export function complaints(at: FieldPath, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalidValue(at, value, message))
}

export function nonNegative(at: FieldPath, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalidValue(at, value, 'must be greater than or equal to 0')] : []
}

/** `schema`: of a value that is more than a scalar. */
export function immutable(at: FieldPath, value: unknown, old: unknown, schema?: TypeSchema): FieldError[] {
  if (semanticEqual(value, old, schema)) return []
  return [invalidValue(at, schema ? internalForm(schema, value) : value, immutableMessage)]
}

export function oneOf(at: FieldPath, value: string | undefined, supported: readonly string[]): FieldError[] {
  return supported.includes(value ?? '') ? [] : [notSupported(at, value ?? '', supported)]
}

/** As `oneOf`, but nothing at all is a missing value. */
export function requiredOneOf(at: FieldPath, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value ? oneOf(at, value, supported) : [required(at)]
}

/** Only when set. */
export function optionalOneOf(at: FieldPath, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined ? [] : oneOf(at, value, supported)
}

export function requiredText(at: FieldPath, value: string | undefined, detail = ''): FieldError[] {
  return value ? [] : [required(at, detail)]
}

export function portNumberOrName(at: FieldPath, port: number | string | undefined): FieldError[] {
  return typeof port === 'string' ? complaints(at, port, isValidPortName(port)) : complaints(at, port ?? 0, isValidPortNum(port ?? 0))
}

/** A relative path that stays below where it starts. */
export function descendingPath(at: FieldPath, target: string): FieldError[] {
  return [...(target.startsWith('/') ? [invalidValue(at, target, 'must be a relative path')] : []), ...noBacksteps(at, target)]
}

export function noBacksteps(at: FieldPath, target: string): FieldError[] {
  return target.split('/').includes('..') ? [invalidValue(at, target, "must not contain '..'")] : []
}

const maxFileMode = 0o777

export function fileMode(at: FieldPath, mode: number | undefined): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= maxFileMode)) return []
  return [invalidValue(at, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
}

/** Number or percentage, not below zero. */
export function nonNegativeIntOrPercent(at: FieldPath, value: number | string | undefined): FieldError[] {
  if (value === undefined) return []
  if (typeof value === 'number') return nonNegative(at, value)
  return /^[0-9]+%$/.test(value) ? [] : [invalidValue(at, value, percentMessage)]
}

const percentMessage =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

export function percentAtMost100(at: FieldPath, value: number | string | undefined): FieldError[] {
  if (typeof value !== 'string') return []
  const percent = /^([0-9]+)%$/.exec(value)
  return percent && Number(percent[1]) > 100 ? [invalidValue(at, value, 'must not be greater than 100%')] : []
}

export function isZeroIntOrPercent(value: number | string | undefined): boolean {
  if (typeof value !== 'string') return (value ?? 0) === 0
  // What is no number counts as none.
  return !/^[0-9]+%$|^[-+]?[0-9]+$/.test(value) || Number.parseInt(value, 10) === 0
}

/** Fields older than strict checks of addresses: no leading zeros, but any form; what was there before may stay (KEP-4858). */
export function legacyIp(at: FieldPath, value: string, before: readonly (string | undefined)[] = []): FieldError[] {
  return before.includes(value) ? [] : complaints(at, value, isValidIpForLegacyField(value, true))
}

export function legacyCidr(at: FieldPath, value: string, before: readonly (string | undefined)[] = []): FieldError[] {
  return before.includes(value) ? [] : complaints(at, value, isValidCidrForLegacyField(value, true))
}
