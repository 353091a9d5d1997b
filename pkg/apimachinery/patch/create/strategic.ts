/** Strategic merge patches from two or three documents. */
import { getKey, isObject, type JsonObject, setKey } from '../../json-value.ts'
import type { StructSchema, TypeSchema } from '../../schema/types.ts'
import { badPatch } from '../errors.ts'
import { isDirective } from '../strategic/directives.ts'
import { type FieldMeta, fieldMeta } from '../strategic/schema-lookup.ts'
import { diffMaps } from './diff.ts'

/** Turns `original` into `modified`. */
export function createTwoWayStrategicPatch(schema: StructSchema, original: unknown, modified: unknown): JsonObject {
  return diffMaps(objectOf(original), objectOf(modified), schema, { setElementOrder: true })
}

/**
 * Changes and additions are what `current` lacks of `modified`; deletions are only what `original`, that which was
 * applied last, had and `modified` has not. What others added to `current` stays.
 */
export function createThreeWayStrategicPatch(schema: StructSchema, original: unknown, modified: unknown, current: unknown): JsonObject {
  const wanted = objectOf(modified)
  const changes = diffMaps(objectOf(current), wanted, schema, { setElementOrder: true, ignoreDeletions: true })
  const deletions = diffMaps(objectOf(original ?? {}), wanted, schema, { setElementOrder: true, ignoreChangesAndAdditions: true })
  return mergePatches(deletions, changes, schema)
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw badPatch('invalid JSON document')
  return value
}

/** Both patches in one; where both speak of a thing, the second counts. */
function mergePatches(first: JsonObject, second: JsonObject, type: TypeSchema | undefined): JsonObject {
  const merged: JsonObject = { ...first }
  for (const key of Object.keys(second)) {
    const before = getKey(merged, key)
    const after = second[key]
    if (isDirective(key)) merged[key] = after
    else if (isObject(before) && isObject(after)) setKey(merged, key, mergePatches(before, after, fieldMeta(type, key).inner))
    else if (Array.isArray(before) && Array.isArray(after)) setKey(merged, key, mergeLists(before, after, fieldMeta(type, key)))
    else setKey(merged, key, after)
  }
  return merged
}

function mergeLists(first: readonly unknown[], second: readonly unknown[], { strategy, mergeKey, inner }: FieldMeta): unknown[] {
  if (strategy !== 'merge') return [...second]
  if (mergeKey === '' || !second.every(isObject)) return [...new Set([...second, ...first])]
  const keyOf = (element: unknown): unknown => getKey(element as JsonObject, mergeKey)
  const changed = second.map((element) => {
    const earlier = first.find((each) => keyOf(each) === keyOf(element))
    return earlier ? mergePatches(earlier as JsonObject, element as JsonObject, inner) : element
  })
  return [...changed, ...first.filter((each) => !second.some((element) => keyOf(element) === keyOf(each)))]
}
