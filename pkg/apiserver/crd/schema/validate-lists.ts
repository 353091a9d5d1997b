/** Lists that are sets or maps hold each item, or each key, once. */
import { duplicate, type FieldError, FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { additionalOf, isMap, itemsOf, type Schema } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

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
  const isWrong = (item: unknown) => type === 'map' && item !== null && !isMap(item)
  const wrong = value.findIndex(isWrong)
  if (wrong >= 0) return [invalidValue(at.index(wrong), value[wrong], 'must be an object for an array of list-type map')]
  const times = new Map<string, number>()
  return value.flatMap((item, index) => {
    const identity = type === 'map' ? keysOf(item, keys) : item
    const text = writeJson(sorted(identity))
    const before = times.get(text) ?? 0
    times.set(text, before + 1)
    // It is told once, however often it is there.
    return before === 1 ? [duplicate(at.index(index), identity)] : []
  })
}

/** A null has no keys. */
function keysOf(item: unknown, keys: readonly string[]): unknown {
  return isMap(item) ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]])) : {}
}

/** Maps are alike in whatever order their keys stand. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}
