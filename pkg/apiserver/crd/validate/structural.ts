/** Structural schemas: types are said outside of anyOf, oneOf, allOf and not, which only narrow (KEP-2337). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { additionalOf, itemsOf, type Schema } from '../schema/types.ts'

type Level = 'root' | 'item' | 'field'
const where: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}
const intOrString = [{ type: 'integer' }, { type: 'string' }]

/** Why no structural schema can be made at all; most of it is told at the very field as well. */
export function whyUnreadable(schema: Schema): string | undefined {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...[itemsOf(schema), additionalOf(schema), schema.not].filter((each) => each !== undefined),
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((each) => each ?? []),
  ]
  const unsupported = (['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const).find((key) => schema[key])
  if (unsupported) return `OpenAPIV3Schema '${unsupported === '$schema' ? 'schema' : unsupported}' is not supported`
  if (Array.isArray(schema.items) && schema.items.length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array"
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
  return inner.map(whyUnreadable).find((each) => each !== undefined)
}

export function validateStructural(schema: Schema, at: FieldPath): FieldError[] {
  const errors = [...checkInvariants(schema, 'root', at), ...checkComplete(schema, at)]
  return errors.sort((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1))
}

function checkInvariants(schema: Schema, level: Level, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const { type, properties = {}, additionalProperties } = schema
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true
  const items = itemsOf(schema)
  if (type === 'array' && !items) errors.push(required(at.child('items'), 'must be specified'))
  if (items) errors.push(...checkInvariants(items, 'item', at.child('items')))
  for (const [key, each] of Object.entries(properties)) errors.push(...checkInvariants(each, 'field', at.child('properties').key(key)))
  if (additionalProperties !== undefined) {
    if (level === 'root') errors.push(forbiddenField(at.child('additionalProperties'), 'must not be used at the root'))
    if (embedded) errors.push(forbiddenField(at.child('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'))
    const rest = additionalOf(schema)
    if (rest) errors.push(...checkInvariants(rest, 'field', at.child('additionalProperties')))
  }
  if (isIntOrString && keeps)
    errors.push(invalidValue(at.child('x-kubernetes-preserve-unknown-fields'), true, 'must be false if x-kubernetes-int-or-string is true'))
  if (isIntOrString && embedded)
    errors.push(invalidValue(at.child('x-kubernetes-embedded-resource'), true, 'must be false if x-kubernetes-int-or-string is true'))
  errors.push(...checkValueRules(schema, at, equalJson(schema.anyOf ?? [], intOrString), equalJson(schema.allOf?.[0]?.anyOf ?? [], intOrString)))
  if (embedded && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type ? invalidValue(at.child('type'), type, text) : required(at.child('type'), text))
  } else if (!type && !isIntOrString && !keeps) errors.push(required(at.child('type'), where[level]))
  if (level === 'root' && type && type !== 'object') errors.push(invalidValue(at.child('type'), type, 'must be object at the root'))
  if (level === 'root' || embedded) errors.push(...checkMetadata(schema, level, at))
  if (embedded && !keeps && Object.keys(properties).length === 0) {
    errors.push(required(at.child('properties'), 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'))
  }
  return errors
}

function checkMetadata({ properties = {} }: Schema, level: Level, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const key of ['kind', 'apiVersion']) {
    const type = properties[key]?.type
    if (properties[key] && type !== 'string') errors.push(invalidValue(at.child('properties').key(key).child('type'), type ?? '', 'must be string'))
  }
  const { metadata } = properties
  if (!metadata) return errors
  const here = at.child('properties').key('metadata')
  if (metadata.type !== 'object') errors.push(invalidValue(here.child('type'), metadata.type ?? '', 'must be object'))
  const { type: _, description: __, default: ___, properties: named = {}, ...more } = metadata
  const onlyNames = Object.keys(named).every((key) => key === 'name' || key === 'generateName')
  if (level === 'root' && (!onlyNames || Object.keys(more).length > 0))
    errors.push(forbiddenField(here, 'must not specify anything other than name and generateName, but metadata is implicitly specified'))
  return errors
}

function checkValueRules({ anyOf, allOf, oneOf, not, pattern }: Schema, at: FieldPath, skipAnyOf = false, skipFirstAnyOf = false): FieldError[] {
  const errors: FieldError[] = []
  if (!skipAnyOf) for (const [index, each] of (anyOf ?? []).entries()) errors.push(...checkNested(each, at.child('anyOf').index(index)))
  for (const [index, each] of (allOf ?? []).entries()) errors.push(...checkNested(each, at.child('allOf').index(index), skipFirstAnyOf && index === 0))
  for (const [index, each] of (oneOf ?? []).entries()) errors.push(...checkNested(each, at.child('oneOf').index(index)))
  if (not) errors.push(...checkNested(not, at.child('not')))
  if (pattern) {
    try {
      compilePattern(pattern)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      errors.push(invalidValue(at.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${why}`))
    }
  }
  return errors
}

/** What may not be said inside anyOf and its kin, and how it is refused. */
const refused: readonly [key: keyof Schema, text: string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
]

function checkNested(schema: Schema, at: FieldPath, skipAnyOf = false): FieldError[] {
  const errors = checkValueRules(schema, at, skipAnyOf)
  const items = itemsOf(schema)
  if (items) errors.push(...checkNested(items, at.child('items')))
  for (const [key, each] of Object.entries(schema.properties ?? {})) errors.push(...checkNested(each, at.child('properties').key(key)))
  for (const [key, text] of refused) if (schema[key] !== undefined && schema[key] !== false) errors.push(forbiddenField(at.child(key), text))
  if (schema.properties?.metadata) errors.push(forbiddenField(at.child('properties').key('metadata'), 'must not be specified in a nested context'))
  return errors
}

/** Fields that the root narrows must be declared; upstream looks no deeper. */
function checkComplete(schema: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const key of ['anyOf', 'allOf', 'oneOf'] as const)
    for (const [index, each] of (schema[key] ?? []).entries()) errors.push(...declared(each, schema, at.child(key).index(index), at))
  if (schema.not) errors.push(...declared(schema.not, schema, at.child('not'), at))
  return errors
}

function declared(nested: Schema, schema: Schema | undefined, at: FieldPath, schemaAt: FieldPath): FieldError[] {
  if (!schema) return [required(schemaAt, `because it is defined in ${at}`)]
  const errors: FieldError[] = []
  const items = itemsOf(nested)
  if (items) errors.push(...declared(items, itemsOf(schema), at.child('items'), schemaAt.child('items')))
  for (const [key, each] of Object.entries(nested.properties ?? {})) {
    const known = schema.properties?.[key] ?? (schema['x-kubernetes-preserve-unknown-fields'] && schema.type === undefined ? {} : undefined)
    errors.push(...declared(each, known, at.child('properties').key(key), schemaAt.child('properties').key(key)))
  }
  for (const key of ['anyOf', 'allOf', 'oneOf'] as const)
    for (const [index, each] of (nested[key] ?? []).entries()) errors.push(...declared(each, schema, at.child(key).index(index), schemaAt))
  if (nested.not) errors.push(...declared(nested.not, schema, at.child('not'), schemaAt))
  return errors
}
