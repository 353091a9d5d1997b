/** Lists that are sets or maps hold each item, or each key, once. */
import { duplicate, type FieldError, FieldPath } from '#apimachinery/field-error.ts'
import { additionalOf, isMap, itemsOf, type Schema } from './types.ts'

export function validateLists(value: unknown, schema: Schema, at = new FieldPath()): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    const below = items ? value.flatMap((each, index) => validateLists(each, items, at.index(index))) : []
    return [...duplicates(value, schema, at), ...below]
  }
  if (!isMap(value)) return []
  const { properties = {} } = schema
  const rest = additionalOf(schema)
  return Object.keys(value).flatMap((key) => {
    if (Object.hasOwn(properties, key)) return validateLists(value[key], properties[key]!, at.child(key))
    return rest ? validateLists(value[key], rest, at.key(key)) : []
  })
}

function duplicates(value: readonly unknown[], schema: Schema, at: FieldPath): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const [index, item] of value.entries()) {
    const identity = type === 'map' ? keysOf(item, keys) : item
    const text = JSON.stringify(identity)
    if (seen.has(text)) errors.push(duplicate(at.index(index), identity))
    seen.add(text)
  }
  return errors
}

function keysOf(item: unknown, keys: readonly string[]): unknown {
  return isMap(item) ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]])) : item
}
