/** Takes paths out of an object. */
import { isObject, type JsonObject, setKey } from '../../json-value.ts'
import { fieldElement, type FieldSet } from './field-set.ts'
import { itemElement } from './list-items.ts'
import { type ListType, type MapType, type MergeType, resolve } from './merge-type.ts'

/** The object without what the set names; null where that is all of it. A map or list within that loses all it had stays as an empty one. */
export function removePaths(type: MergeType, value: unknown, set: FieldSet): unknown {
  if (set.isEmpty) return value
  const atom = resolve(type, value)
  if (atom.kind === 'map' && atom.relation === 'granular' && isObject(value)) return fromMap(atom, value, set)
  if (atom.kind === 'list' && atom.relation !== 'atomic' && Array.isArray(value)) return fromList(atom, value, set)
  return value
}

function fromMap(type: MapType, value: JsonObject, set: FieldSet): JsonObject | null {
  const result: JsonObject = {}
  for (const [key, inner] of Object.entries(value)) {
    const element = fieldElement(key)
    if (set.hasMember(element)) continue
    const innerType = type.field(key) ?? type.rest
    setKey(result, key, innerType === undefined ? inner : emptied(inner, removePaths(innerType, inner, set.under(element))))
  }
  return Object.keys(result).length > 0 ? result : null
}

function fromList(type: ListType, value: readonly unknown[], set: FieldSet): unknown[] | null {
  const result: unknown[] = []
  for (const item of value) {
    const element = itemElement(type, item)
    if (!set.hasMember(element)) result.push(emptied(item, removePaths(type.element, item, set.under(element))))
  }
  return result.length > 0 ? result : null
}

function emptied(before: unknown, after: unknown): unknown {
  if (after !== null || before === null) return after
  return Array.isArray(before) ? [] : {}
}
