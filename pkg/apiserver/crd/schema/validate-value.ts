/**
 * Checks a value against a schema, with the messages of kube-openapi's validators. On an update what is as it was
 * before is not checked again (KEP-4008, ratcheting).
 */
import { type FieldError, FieldPath, invalidValue, notSupported, required, tooMany, typeInvalid } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { formatCheck } from '#apimachinery/string-formats.ts'
import { additionalOf, isMap, itemsOf, type JsonMap, type Schema } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

/** What is wrong with `value`; `root` is the path of the value itself. */
export function validateValue(value: unknown, schema: Schema, old?: unknown, root = ''): FieldError[] {
  return validate(value, schema, root, old)
}

function validate(value: unknown, schema: Schema, at: string, old: unknown): FieldError[] {
  if (old !== undefined && equalJson(value, old)) return []
  if (value === null) return [...checkType(value, schema, at), ...checkEnum(value, schema, at)]
  const errors = [...checkType(value, schema, at), ...checkJunctors(value, schema, at, old)]
  if (typeof value === 'string') errors.push(...checkString(value, schema, at))
  else if (typeof value === 'number' || typeof value === 'bigint') errors.push(...checkNumber(value, schema, at))
  else if (Array.isArray(value)) errors.push(...checkList(value, schema, at, old))
  errors.push(...checkEnum(value, schema, at))
  if (isMap(value)) errors.push(...checkMap(value, schema, at, old))
  return errors
}

function checkType(value: unknown, schema: Schema, at: string): FieldError[] {
  const wanted = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : []
  if (wanted.length === 0 || (value === null && schema.nullable)) return []
  const actual = typeOf(value)
  if (wanted.includes(actual) || (actual === 'integer' && wanted.includes('number'))) return []
  const isText = actual === 'string' || actual === 'array'
  // A format is told of by itself, in place of the type where it is a number's or the value is no text.
  if (schema.format && isText && !wanted.includes('number') && !wanted.includes('integer')) return []
  const byFormat = schema.format !== undefined && schema.format !== '' && !isText && value !== null
  const [expected, found] = byFormat ? [schema.format, goFormats[actual] ?? ''] : [wanted.join(','), actual]
  if (byFormat && expected === found) return []
  return [typeInvalid(pathOf(at), found, `${inBody(at)} must be of type ${expected}: ${JSON.stringify(found)}`)]
}

const goFormats: Readonly<Record<string, string>> = { integer: 'int64', number: 'float64' }
/** What a number must lie within to be one: at its edges integers are bigints. */
const int64 = 2 ** 63

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint') return 'integer'
  // What no int64 holds Go reads as a float.
  if (typeof value === 'number') return Number.isInteger(value) && value > -int64 && value < int64 ? 'integer' : 'number'
  return typeof value
}

function inBody(at: string): string {
  return `${at} in body`
}

function pathOf(at: string): FieldPath {
  return new FieldPath(at === '' ? '<nil>' : at)
}

const composite = (text: string): FieldError => invalidValue(new FieldPath('<nil>'), '', text)

function checkJunctors(value: unknown, { anyOf, oneOf, allOf, not }: Schema, at: string, old: unknown): FieldError[] {
  const errors: FieldError[] = []
  const outcomes = (schemas: readonly Schema[]) => schemas.map((each) => validate(value, each, at, old))
  if (anyOf?.length) {
    const results = outcomes(anyOf)
    if (!results.some((each) => each.length === 0))
      errors.push(composite(`${JSON.stringify(at)} must validate at least one schema (anyOf)`), ...fewest(results, value))
  }
  if (oneOf?.length) {
    const results = outcomes(oneOf)
    const valid = results.filter((each) => each.length === 0).length
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      errors.push(composite(`${JSON.stringify(at)} must validate one and only one schema (oneOf). ${found}`), ...(valid === 0 ? fewest(results, value) : []))
    }
  }
  if (allOf?.length) {
    const results = outcomes(allOf)
    const valid = results.filter((each) => each.length === 0).length
    errors.push(...results.flat())
    if (valid !== results.length) errors.push(composite(`${JSON.stringify(at)} must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`))
  }
  if (not && validate(value, not, at, undefined).length === 0) errors.push(composite(`${JSON.stringify(at)} must not validate the schema (not)`))
  return errors
}

/** What comes closest to being right is what the user meant; of what has no parts, the first. */
function fewest(results: readonly FieldError[][], value: unknown): FieldError[] {
  if (typeof value !== 'object' || value === null) return results[0] ?? []
  return results.reduce((best, each) => (each.length < best.length ? each : best))
}

function checkString(value: string, { maxLength, minLength, pattern, format }: Schema, at: string): FieldError[] {
  const errors: FieldError[] = []
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length
  if (maxLength !== undefined && length > maxLength)
    errors.push({ reason: 'FieldValueTooLong', field: pathOf(at).toString(), message: `Too long: may not be more than ${maxLength} bytes` })
  else if (minLength !== undefined && length < minLength)
    errors.push(invalidValue(pathOf(at), value, `${inBody(at)} should be at least ${minLength} chars long`))
  // Of length and pattern only the first that does not fit is told.
  const mismatch = pattern && errors.length === 0 ? patternError(pattern, value) : undefined
  if (mismatch !== undefined) errors.push(invalidValue(pathOf(at), value, `${inBody(at)} should match '${mismatch}'`))
  const check = format ? formatCheck(format) : undefined
  if (check && !check(value)) errors.push(typeInvalid(pathOf(at), value, `${inBody(at)} must be of type ${format}: ${JSON.stringify(value)}`))
  return errors
}

function patternError(pattern: string, value: string): string | undefined {
  try {
    return compilePattern(pattern).test(value) ? undefined : pattern
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return `${pattern}, but pattern is invalid: ${error.message}`
  }
}

/** Whether a number is one of its type and format. */
function isInRange(value: number | bigint, { type, format }: Schema): boolean {
  if (type !== 'integer') return !(format === 'float' || format === 'float32') || Number.isFinite(Math.fround(Number(value)))
  if (typeof value === 'number' && !Number.isInteger(value)) return false
  switch (format) {
    case 'int32':
      return value >= -(2 ** 31) && value < 2 ** 31
    case 'uint32':
      return value >= 0 && value < 2 ** 32
    case 'uint64':
      return value >= 0 && value < 2 ** 64
    default:
      return typeof value === 'bigint' || (value > -int64 && value < int64)
  }
}

function checkNumber(value: number | bigint, schema: Schema, at: string): FieldError[] {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum, format } = schema
  const form = format ? `with format ${format}` : '(default format)'
  const outOfRange = (what: string): FieldError => composite(`${what} must be of type ${schema.type} ${form} in ${at}`)
  const errors = isInRange(value, schema) ? [] : [outOfRange('Checked value')]
  const isTyped = schema.type === 'integer' || schema.type === 'number'
  if (isTyped && maximum !== undefined && !isInRange(maximum, schema)) errors.push(outOfRange('Maximum boundary value'))
  if (isTyped && minimum !== undefined && !isInRange(minimum, schema)) errors.push(outOfRange('Minimum boundary value'))
  const shown = (bound: number): string => (isTyped && schema.type === 'integer' && isInRange(bound, schema) ? String(bound) : goFloat(bound))
  const isWhole = typeOf(value) === 'integer'
  const add = (text: string) => {
    const { reason, field, message } = invalidValue(pathOf(at), value, `${inBody(at)} should be ${text}`)
    errors.push({ reason, field, message: isWhole ? message : message.replace(String(value), goFloat(Number(value))) })
  }
  if (multipleOf && !isMultiple(value, multipleOf)) add(`a multiple of ${multipleOf}`)
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    add(exclusiveMaximum ? `less than ${shown(maximum)}` : `less than or equal to ${shown(maximum)}`)
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    add(exclusiveMinimum ? `greater than ${shown(minimum)}` : `greater than or equal to ${shown(minimum)}`)
  return errors
}

/** As Go's %v has a float: with an exponent for what is 1e+06 and more, or less than 1e-04. */
function goFloat(value: number): string {
  const [digits, exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === 'bigint' && Number.isSafeInteger(factor)) return value % BigInt(factor) === 0n
  const quotient = Number(value) / factor
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function checkList(value: readonly unknown[], schema: Schema, at: string, old: unknown): FieldError[] {
  const { minItems, maxItems, uniqueItems } = schema
  const items = itemsOf(schema)
  const errors: FieldError[] = []
  if (items) {
    const before = Array.isArray(old) ? correlate(schema, old) : undefined
    for (const [index, each] of value.entries()) errors.push(...validate(each, items, `${at}[${index}]`, before?.(each)))
  }
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalidValue(pathOf(at), value.length, `${inBody(at)} should have at least ${minItems} items`))
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(pathOf(at), value.length, maxItems))
  if (uniqueItems && new Set(value.map((each) => writeJson(each))).size !== value.length)
    errors.push(invalidValue(pathOf(at), value, `${inBody(at)} shouldn't contain duplicates`))
  return errors
}

/** Items of lists that are maps are known again by their keys. */
export function correlate(schema: Schema, old: readonly unknown[]): ((item: unknown) => unknown) | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const keyOf = (item: unknown) => (isMap(item) ? writeJson(keys.map((key) => item[key] ?? null)) : '')
  const byKey = new Map(old.map((each) => [keyOf(each), each]))
  return (item) => byKey.get(keyOf(item))
}

function checkMap(value: JsonMap, schema: Schema, at: string, old: unknown): FieldError[] {
  const { properties = {}, required: names = [], minProperties, maxProperties, additionalProperties } = schema
  const rest = additionalOf(schema)
  const errors: FieldError[] = []
  const size = Object.keys(value).length
  if (minProperties !== undefined && size < minProperties)
    errors.push(invalidValue(pathOf(at), size, `${inBody(at)} should have at least ${minProperties} properties`))
  if (maxProperties !== undefined && size > maxProperties) errors.push(tooMany(pathOf(at), size, maxProperties))
  const below = (key: string) => (at === '' ? key : `${at}.${key}`)
  for (const name of names) if (!Object.hasOwn(value, name)) errors.push(required(pathOf(below(name))))
  for (const key of Object.keys(value).sort()) {
    const known = Object.hasOwn(properties, key)
    const of = known ? properties[key] : rest
    if (of) errors.push(...validate(value[key], of, below(key), isMap(old) ? old[key] : undefined))
    else if (!known && additionalProperties === false) errors.push(invalidValue(pathOf(at), '', `${at}.${key} in body is a forbidden property`))
  }
  return errors
}

function checkEnum(value: unknown, { enum: allowed }: Schema, at: string): FieldError[] {
  if (!allowed?.length || allowed.some((each) => equalJson(each, value))) return []
  return [
    notSupported(
      pathOf(at),
      value,
      allowed.map((each) => (typeof each === 'string' ? each : writeJson(each))),
    ),
  ]
}
