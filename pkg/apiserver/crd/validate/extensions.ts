/** What each node of a schema must be: types, lists, maps, and the validation rules on it (apiextensions' validation.go). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { additionalOf, itemsOf, resourceKeys, type Schema } from '../schema/types.ts'
import { checkRules, checkTotal, type RulesPlace, TotalCost, timesElements } from './rules.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

interface Place extends RulesPlace {
  /** Defaults are no use where objects' metadata is meant. */
  readonly noDefaults?: string
}

export interface SchemaErrors {
  readonly schema: FieldError[]
  readonly rules: FieldError[]
}

export function validateExtensions(schema: Schema, at: FieldPath): FieldError[] {
  const errors: SchemaErrors = { schema: [], rules: [] }
  const total = new TotalCost()
  visit(schema, at, { isRoot: true, cardinality: 1, total }, errors)
  errors.rules.push(...checkTotal(total, at))
  // A rule over a schema that is wrong would only be told of the same again.
  return errors.schema.length > 0 ? errors.schema : errors.rules
}

function visit(schema: Schema, at: FieldPath, place: Place, errors: SchemaErrors): void {
  errors.schema.push(...checkNode(schema, at, place), ...checkLists(schema, at))
  const rest = additionalOf(schema)
  const inside = { isRoot: false, total: place.total, cardinality: timesElements(place.cardinality, schema) }
  if (rest) visit(rest, at.child('additionalProperties'), { ...place, ...inside }, errors)
  const atomicMap = schema['x-kubernetes-map-type'] === 'atomic'
  for (const [key, each] of Object.entries(schema.properties ?? {})) {
    const uncorrelated = place.uncorrelated ?? (atomicMap ? at : undefined)
    const noDefaults = place.isRoot && resourceKeys.has(key) ? `in top-level ${key}` : place.noDefaults
    const below: Place = { ...inside, ...(noDefaults ? { noDefaults } : {}), ...(uncorrelated ? { uncorrelated } : {}) }
    visit(each, at.child('properties').key(key), below, errors)
  }
  const items = itemsOf(schema)
  if (items) {
    const uncorrelated = place.uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : at)
    const below: Place = { ...inside, ...(place.noDefaults ? { noDefaults: place.noDefaults } : {}), ...(uncorrelated ? { uncorrelated } : {}) }
    visit(items, at.child('items'), below, errors)
  }
  checkRules(schema, at, place, errors)
}

function checkNode(schema: Schema, at: FieldPath, { noDefaults }: Place): FieldError[] {
  const errors: FieldError[] = []
  const { type } = schema
  if (type && !types.includes(type)) errors.push(notSupported(at.child('type'), type, types))
  if (schema.default !== undefined && noDefaults) errors.push(forbiddenField(at.child('default'), `must not be set ${noDefaults}`))
  for (const key of ['id', '$schema', '$ref'] as const) if (schema[key]) errors.push(forbiddenField(at.child(key), `${key} is not supported`))
  if (Array.isArray(schema.items)) errors.push(forbiddenField(at.child('items'), 'items must be a schema object and not an array'))
  for (const key of ['definitions', 'dependencies', 'patternProperties', 'additionalItems'] as const)
    if (schema[key] !== undefined) errors.push(forbiddenField(at.child(key), `${key} is not supported`))
  if (schema.uniqueItems)
    errors.push(forbiddenField(at.child('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'))
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== true && Object.keys(schema.properties ?? {}).length > 0)
    errors.push(forbiddenField(at.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive'))
  if (schema.additionalProperties === false) errors.push(forbiddenField(at.child('additionalProperties'), 'additionalProperties cannot be set to false'))
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalidValue(at.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'))
  const mapType = schema['x-kubernetes-map-type']
  if (mapType !== undefined) {
    const text = 'must be object if x-kubernetes-map-type is specified'
    if (type !== 'object') errors.push(type ? invalidValue(at.child('type'), type, text) : required(at.child('type'), text))
    if (mapType !== 'atomic' && mapType !== 'granular') errors.push(notSupported(at.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']))
  }
  return errors
}

function checkLists(schema: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const items = itemsOf(schema)
  if (keys.length > 0 && listType !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(listType ? invalidValue(at.child('x-kubernetes-list-type'), listType, text) : required(at.child('x-kubernetes-list-type'), text))
  }
  if (listType === undefined) return errors
  const text = 'must be array if x-kubernetes-list-type is specified'
  if (schema.type !== 'array') errors.push(schema.type ? invalidValue(at.child('type'), schema.type, text) : required(at.child('type'), text))
  if (!['atomic', 'set', 'map'].includes(listType)) errors.push(notSupported(at.child('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']))
  if (items?.nullable && listType !== 'atomic')
    errors.push(forbiddenField(at.child('items', 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`))
  if (listType === 'set' && items) errors.push(...checkSetItems(items, at.child('items')))
  if (listType === 'map') errors.push(...checkMapItems(keys, items, at))
  return errors
}

function checkSetItems(items: Schema, at: FieldPath): FieldError[] {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const [listType, mapType] = [items['x-kubernetes-list-type'], items['x-kubernetes-map-type']]
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') return [invalidValue(at.child('x-kubernetes-list-type'), listType, text)]
  if (items.type === 'object' && mapType !== 'atomic') return [invalidValue(at.child('x-kubernetes-map-type'), mapType ?? null, text)]
  return []
}

function checkMapItems(keys: readonly string[], items: Schema | undefined, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const keysAt = at.child('x-kubernetes-list-map-keys')
  if (keys.length === 0) errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'))
  if (!items) return [...errors, required(at.child('items'), 'must have a schema if x-kubernetes-list-type is map')]
  if (items.type !== 'object')
    return [...errors, invalidValue(at.child('items', 'type'), items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")]
  for (const [index, key] of keys.entries()) {
    const property = items.properties?.[key]
    const here = at.child('items', 'properties').key(key)
    if (!property) errors.push(invalidValue(keysAt, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object')
      errors.push(invalidValue(here.child('type'), items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
    if (keys.indexOf(key) !== index) errors.push(invalidValue(keysAt, keys, 'must not contain duplicate entries'))
    if (property && !items.required?.includes(key) && property.default === undefined)
      errors.push(required(here.child('default'), 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'))
    if (property?.nullable) errors.push(forbiddenField(here.child('nullable'), 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'))
  }
  return errors
}
