/**
 * Strategic merge patch: a merge patch that knows its lists. Semantics of
 * k8s.io/apimachinery/pkg/util/strategicpatch, all directives included; keys and strategies come from the schema.
 */
import { cloneJson, getKey, isObject, type JsonObject, setKey } from '../../json-value.ts'
import type { StructSchema, TypeSchema } from '../../schema/types.ts'
import { goText, goTypeOf } from '../../go-text.ts'
import { badPatch, internal, unprocessable } from '../errors.ts'
import { applyRetainKeys, badDeletion, DELETE_FROM, fieldOf, PATCH, SET_ORDER, unknownPatchType, withoutDirectives } from './directives.ts'
import { asList, checkOrder, orderElements, requiredIdentity } from './order.ts'
import { fieldMeta, type FieldMeta, listMeta, typeNameOf } from './schema-lookup.ts'

/** The patched document; neither argument is touched. Throws StatusError. */
export function applyStrategicMergePatch<T>(schema: StructSchema, document: T, patch: unknown): T {
  if (!isObject(patch) || !isObject(document)) throw badPatch('invalid JSON document')
  return mergeMap(cloneJson(document) as JsonObject, cloneJson(patch), schema) as T
}

function mergeMap(original: JsonObject, patch: JsonObject, type: TypeSchema | undefined): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return replaceOrDelete(patch)
  applyRetainKeys(original, patch)
  mergeOrderedLists(original, patch, type)
  for (const [key, change] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM)) deleteScalars(original, fieldOf(key, DELETE_FROM), change)
    else mergeField(original, key, change, type)
  }
  return original
}

function replaceOrDelete(patch: JsonObject): JsonObject {
  const directive = patch[PATCH]
  if (directive === 'delete') return {}
  if (directive !== 'replace') throw unknownPatchType(directive, patch)
  delete patch[PATCH]
  return patch
}

function mergeField(original: JsonObject, key: string, change: unknown, type: TypeSchema | undefined): void {
  if (change === null || change === undefined) {
    delete original[key]
    return
  }
  const current = getKey(original, key)
  if (isObject(current) && isObject(change)) {
    const meta = fieldMeta(type, key)
    setKey(original, key, meta.strategy === 'replace' ? change : mergeMap(current, change, meta.inner))
  } else if (Array.isArray(current) && Array.isArray(change)) {
    setKey(original, key, mergeList(current, change, fieldMeta(type, key)))
  } else {
    const kept = withoutDirectives(change)
    if (kept === undefined) delete original[key]
    else setKey(original, key, kept)
  }
}

/** `$deleteFromPrimitiveList/finalizers: [a]`. */
function deleteScalars(original: JsonObject, field: string, change: unknown): void {
  if (!Object.hasOwn(original, field)) return
  if (change === null) {
    delete original[field]
    return
  }
  if (!Array.isArray(change)) throw badDeletion()
  const current = getKey(original, field)
  const deleted = new Set<unknown>(change)
  if (Array.isArray(current))
    setKey(
      original,
      field,
      current.filter((element) => !deleted.has(element)),
    )
}

/** `$setElementOrder/x` with the list x it orders, when the patch has one. */
function mergeOrderedLists(original: JsonObject, patch: JsonObject, type: TypeSchema | undefined): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ORDER)) continue
    const order = asList(patch[key])
    delete patch[key]
    const field = fieldOf(key, SET_ORDER)
    const meta = listMeta(type, field)
    const current = getKey(original, field)
    const change = getKey(patch, field)
    if (current === undefined && change === undefined) continue
    const currentList = current === undefined || current === null ? [] : asList(current)
    const changeList = change === undefined ? [] : asList(change)
    checkOrder(changeList, order, meta.mergeKey)
    if (currentList.length === 0 && changeList.length === 0) throw internal('no elements in any of the given slices')
    const merged =
      change === undefined
        ? currentList
        : current === undefined
          ? (withoutDirectives(changeList, 'kept') as unknown[])
          : mergeList([...currentList], changeList, meta)
    setKey(original, field, orderElements(merged, order, currentList, meta.mergeKey))
    delete patch[field]
  }
}

function mergeList(current: unknown[], change: readonly unknown[], meta: FieldMeta): unknown[] {
  if (meta.strategy !== 'merge') return [...change]
  if (current.length === 0 && change.length === 0) return current
  const ofObjects = checkElements(current, change)
  if (!ofObjects) return orderElements([...new Set([...current, ...change])], change, current, '')
  if (meta.mergeKey === '') throw unprocessable(`cannot merge lists without merge key for ${typeNameOf(meta.inner)}`)
  const { kept, changes } = applyElementDirectives(current, change as readonly JsonObject[], meta.mergeKey)
  const merged = mergeElements(kept as JsonObject[], changes, meta)
  return orderElements(merged, changes, kept, meta.mergeKey)
}

/** True for a list of objects, false for scalars; anything mixed is refused. */
function checkElements(...lists: readonly (readonly unknown[])[]): boolean {
  const types = lists.flat().map(goTypeOf)
  if (types[0] === goTypeOf([])) throw unprocessable('lists of lists are not supported')
  if (types.some((type) => type !== types[0])) throw internal(`list element types are not identical: ${goText(lists)}`)
  return types[0] === goTypeOf({})
}

/** `$patch: delete` and `$patch: replace` on elements of a list. */
function applyElementDirectives(current: readonly unknown[], change: readonly JsonObject[], mergeKey: string): { kept: unknown[]; changes: JsonObject[] } {
  let kept = [...current]
  let replaces = false
  const changes: JsonObject[] = []
  for (const element of change) {
    const directive = getKey(element, PATCH)
    if (directive === undefined) changes.push(element)
    else if (directive === 'delete') {
      const deleted = requiredIdentity(element, mergeKey)
      kept = kept.filter((each) => getKey(each as JsonObject, mergeKey) !== deleted)
    } else if (directive === 'replace') replaces = true
    else if (directive === 'merge') throw internal('merging lists cannot yet be specified in the patch')
    else throw unknownPatchType(directive, element)
  }
  return replaces ? { kept: changes, changes: [] } : { kept, changes }
}

function mergeElements(kept: readonly JsonObject[], changes: readonly JsonObject[], { mergeKey, inner }: FieldMeta): JsonObject[] {
  const merged = [...kept]
  for (const change of changes) {
    const key = requiredIdentity(change, mergeKey)
    const position = merged.findIndex((each) => getKey(each, mergeKey) === key)
    // A new element is taken as it is, directives in it and all: decoding refuses what is none of its fields.
    if (position < 0) merged.push(change)
    else merged[position] = mergeMap(merged[position]!, change, inner)
  }
  return merged
}
