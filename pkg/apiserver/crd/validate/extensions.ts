/** What each node of a schema must be: types, lists, maps, and the validation rules on it (apiextensions' validation.go). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { additionalOf, itemsOf, resourceKeys, type Schema } from '../schema/types.ts'
import { checkForms, checkRules, checkTotal, type RulesPlace, TotalCost, timesElements } from './rules.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

interface Place extends RulesPlace {
  /** Why defaults are of no use here; absent: they are. */
  readonly noDefaults?: string
  readonly isMetadata: boolean
}

export interface SchemaErrors {
  readonly schema: FieldError[]
  readonly rules: FieldError[]
}

/** `withRules`: the rules are compiled too, which a schema that is not structural does not allow. */
export function validateExtensions(schema: Schema, at: FieldPath, withRules: boolean): FieldError[] {
  const total = new TotalCost()
  const { schema: errors, rules } = visit(schema, at, { isRoot: true, isMetadata: false, cardinality: 1, total, withRules })
  return [...errors, ...rules, ...checkTotal(total, at)]
}

/** In upstream's order: inwards first, then the node itself, and its rules when nothing in it is wrong. */
function visit(schema: Schema, at: FieldPath, place: Place): SchemaErrors {
  const errors: SchemaErrors = { schema: checkNode(schema, at, place), rules: [] }
  const go = (inner: Schema | undefined, here: FieldPath, more: Partial<Place>) => {
    if (!inner) return
    const found = visit(inner, here, { ...place, isRoot: false, ...more })
    errors.schema.push(...found.schema)
    errors.rules.push(...found.rules)
  }
  const cardinality = timesElements(place.cardinality, schema)
  checkAdditional(schema, at, errors.schema)
  const ambiguous = place.isMetadata ? { noDefaults: 'inside additionalProperties applying to object metadata' } : {}
  go(additionalOf(schema), at.child('additionalProperties'), { cardinality, ...ambiguous })
  const mapType = schema['x-kubernetes-map-type']
  const cannotTell = mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular'
  const isResource = place.isRoot || schema['x-kubernetes-embedded-resource'] === true
  for (const [key, each] of Object.entries(schema.properties ?? {})) {
    go(each, at.child('properties').key(key), {
      cardinality,
      ...uncorrelatedIf(cannotTell, place, at),
      ...(isResource && resourceKeys.has(key) ? { isMetadata: true, ...(place.isRoot ? { noDefaults: `in top-level ${key}` } : {}) } : {}),
    })
  }
  const narrow = { withRules: false }
  go(schema.not, at.child('not'), narrow)
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [index, each] of (schema[key] ?? []).entries()) go(each, at.child(key).index(index), narrow)
  }
  go(itemsOf(schema), at.child('items'), { cardinality, ...uncorrelatedIf(schema['x-kubernetes-list-type'] !== 'map', place, at) })
  errors.schema.push(...checkKinds(schema, at), ...checkLists(schema, at), ...checkForms(schema, at))
  if (place.withRules && errors.schema.length === 0) errors.rules.push(...checkRules(schema, at, place))
  return errors
}

/** Of several places from which old and new values cannot be told apart the outermost counts. */
function uncorrelatedIf(cannotTell: boolean, { uncorrelated }: Place, at: FieldPath): Partial<Place> {
  return cannotTell && !uncorrelated ? { uncorrelated: at } : {}
}

function checkAdditional(schema: Schema, at: FieldPath, errors: FieldError[]): void {
  if (schema.uniqueItems)
    errors.push(forbiddenField(at.child('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'))
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== true && Object.keys(schema.properties ?? {}).length > 0)
    errors.push(forbiddenField(at.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive'))
}

function checkNode(schema: Schema, at: FieldPath, { noDefaults, isMetadata }: Place): FieldError[] {
  const errors: FieldError[] = []
  const { type } = schema
  if (type && !types.includes(type)) errors.push(notSupported(at.child('type'), type, types))
  if (schema.default !== undefined && noDefaults) errors.push(forbiddenField(at.child('default'), `must not be set ${noDefaults}`))
  if (schema.id) errors.push(forbiddenField(at.child('id'), 'id is not supported'))
  for (const key of ['additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const)
    if (schema[key] !== undefined) errors.push(forbiddenField(at.child(key), `${key} is not supported`))
  if (type === 'null') errors.push(forbiddenField(at.child('type'), 'type cannot be set to null, use nullable as an alternative'))
  if (Array.isArray(schema.items) && schema.items.length > 0) errors.push(forbiddenField(at.child('items'), 'items must be a schema object and not an array'))
  if (isMetadata && schema['x-kubernetes-embedded-resource'])
    errors.push(forbiddenField(at.child('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'))
  return errors
}

function checkKinds(schema: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const { type } = schema
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
  const text = 'must be array if x-kubernetes-list-type is specified'
  if (listType !== undefined && schema.type !== 'array')
    errors.push(schema.type ? invalidValue(at.child('type'), schema.type, text) : required(at.child('type'), text))
  else if (listType === 'set' && items) errors.push(...checkSetItems(items, at.child('items')))
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(notSupported(at.child('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']))
  if (keys.length > 0 && listType !== 'map') {
    const mustBeMap = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const here = at.child('x-kubernetes-list-type')
    errors.push(listType === undefined ? required(here, mustBeMap) : invalidValue(here, listType, mustBeMap))
  }
  if (listType === 'map') errors.push(...checkMapItems(keys, schema, at))
  if ((listType === 'map' || listType === 'set') && items) errors.push(...checkNoNulls(listType, keys, items, at.child('items')))
  return errors
}

function checkSetItems(items: Schema, at: FieldPath): FieldError[] {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const [listType, mapType] = [items['x-kubernetes-list-type'], items['x-kubernetes-map-type']]
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') return [invalidValue(at.child('x-kubernetes-list-type'), listType, text)]
  if (items.type === 'object' && mapType !== 'atomic') return [invalidValue(at.child('x-kubernetes-map-type'), listType ?? null, text)]
  return []
}

function checkMapItems(keys: readonly string[], schema: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const keysAt = at.child('x-kubernetes-list-map-keys')
  if (keys.length === 0) errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'))
  if (schema.items === undefined) return [...errors, required(at.child('items'), 'must have a schema if x-kubernetes-list-type is map')]
  const items = Array.isArray(schema.items) ? undefined : itemsOf(schema)
  if (!items)
    return [
      ...errors,
      invalidValue(at.child('items'), { Schema: null, JSONSchemas: schema.items }, 'must only have a single schema if x-kubernetes-list-type is map'),
    ]
  if (items.type !== 'object')
    return [...errors, invalidValue(at.child('items', 'type'), items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")]
  for (const [index, key] of keys.entries()) {
    const property = items.properties?.[key]
    const typeAt = at.child('items', 'properties').key(key).child('type')
    if (!property) errors.push(invalidValue(keysAt, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object')
      errors.push(invalidValue(typeAt, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
    if (keys.indexOf(key) !== index) errors.push(invalidValue(keysAt, keys, 'must not contain duplicate entries'))
  }
  return errors
}

/** Items are told apart by their keys, which must therefore be there. */
function checkNoNulls(listType: 'map' | 'set', keys: readonly string[], items: Schema, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (items.nullable) errors.push(forbiddenField(at.child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`))
  if (listType === 'set') return errors
  for (const key of keys) {
    const property = items.properties?.[key]
    if (!property) continue
    const here = at.child('properties').key(key)
    if (!items.required?.includes(key) && property.default === undefined)
      errors.push(required(here.child('default'), 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'))
    if (property.nullable) errors.push(forbiddenField(here.child('nullable'), 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'))
  }
  return errors
}
