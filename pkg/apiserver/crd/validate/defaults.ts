/** Defaults must themselves be what the schema wants, and whole after pruning (apiextensions' defaulting/validation.go). */
import { type FieldError, type FieldPath, invalidValue, path } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { prune } from '../schema/prune.ts'
import { isMap, itemsOf, type JsonMap, resourceKeys, type Schema } from '../schema/types.ts'
import { coerceEmbedded, validateEmbedded } from '../schema/validate-embedded.ts'
import { validateValue } from '../schema/validate-value.ts'
import { compileRules } from '../rules/index.ts'

/** Where a schema stands: in which object, and how a value of it comes there. */
interface Place {
  readonly resource: Schema
  readonly isMetadata: boolean
  /** Puts the value in an object that is otherwise well. */
  readonly surround: (value: unknown) => unknown
}

const whole = (value: unknown): unknown => ({ apiVersion: 'validation/v1', kind: 'Validation', ...(isMap(value) ? value : {}) })

export function validateDefaults(schema: Schema, at: FieldPath): FieldError[] {
  const resource: Schema = { ...schema, 'x-kubernetes-embedded-resource': true }
  return visit(resource, at, { resource, isMetadata: false, surround: whole })
}

/** Values under keys that no one named have no defaults. */
function visit(schema: Schema, at: FieldPath, outer: Place): FieldError[] {
  const isResource = schema['x-kubernetes-embedded-resource'] === true
  const place: Place = isResource ? { resource: schema, isMetadata: false, surround: whole } : outer
  const errors = (schema.default ?? null) === null ? [] : checkDefault(schema, at.child('default'), place)
  const items = itemsOf(schema)
  if (items) errors.push(...visit(items, at.child('items'), { ...place, surround: (value) => place.surround([value]) }))
  for (const [key, each] of Object.entries(schema.properties ?? {})) {
    const isMetadata = place.isMetadata || (isResource && resourceKeys.has(key))
    errors.push(...visit(each, at.child('properties').key(key), { ...place, isMetadata, surround: (value) => place.surround({ [key]: value }) }))
  }
  return errors
}

function checkDefault(schema: Schema, at: FieldPath, { resource, isMetadata, surround }: Place): FieldError[] {
  const given = schema.default
  const isResource = schema['x-kubernetes-embedded-resource'] === true
  const errors: FieldError[] = []
  if (isMetadata) {
    const object = structuredClone(surround(given)) as JsonMap
    const wrong = coerceEmbedded(object, resource, path(), true) ?? validateEmbedded(object, resource, path(), true)
    const texts = (Array.isArray(wrong) ? wrong : [wrong]).map(({ field, message }) => `${field}: ${message}`)
    if (texts.length > 0) return [invalidValue(at, given, `must result in valid metadata: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`)]
  } else {
    const pruned = structuredClone(given)
    prune(pruned, schema, undefined, isResource)
    if (!equalJson(pruned, given)) errors.push(invalidValue(at, given, 'must not have unknown fields'))
    const wrong = coerceEmbedded(structuredClone(given), schema, at, isResource)
    if (wrong) return [...errors, wrong]
    const invalid = validateEmbedded(given, schema, at, isResource)
    if (invalid.length > 0) return [...errors, ...invalid]
  }
  // Messages name the place inside the default, fields the whole of it.
  const wrong = validateValue(given, schema).map((error) => ({ ...error, field: error.field === '<nil>' ? at.toString() : `${at}.${error.field}` }))
  return [...errors, ...(wrong.length > 0 ? wrong : checkRules(schema, given, schema === resource, at))]
}

/** Rules see the default as something that was there before, and as something new. */
function checkRules(schema: Schema, given: unknown, isResource: boolean, at: FieldPath): FieldError[] {
  const rules = compileRules(schema, isResource)
  const errors = rules.validate(given, given, [], at)
  return errors.length > 0 ? errors : rules.validate(given, undefined, [], at)
}
