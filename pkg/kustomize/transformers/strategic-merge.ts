/**
 * Strategic merge as kustomize does it (kyaml `merge2`), which differs from the API server's: what the patch adds to a
 * list goes first, lists merge by every map key that the schema has, and lists of kinds without a schema are replaced.
 */
import { cloneJson, getKey, isObject, type JsonObject, setKey } from '#apimachinery/json-value.ts'
import type { FieldSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import { schemaOf } from '../kinds.ts'
import type { Resource } from '../resource.ts'

const deleted = Symbol('deleted')
type Merged = unknown | typeof deleted

/** Applies the patch; the object keeps its name, kind and namespace unless the patch may change them. An object that is deleted becomes empty. */
export function applyStrategicMerge(target: Resource, patch: Resource): void {
  const { name, namespace, kind } = target.id
  if (patch.allowNameChange || patch.allowKindChange) target.rememberId()
  const schema = schemaOf(target.object.apiVersion, kind)
  const merged = merge(target.object, cloneJson(patch.object), schema)
  if (merged === deleted) {
    target.object = {}
    return
  }
  target.object = merged
  if (!patch.allowKindChange) target.object.kind = kind
  const { namespace: _namespace, ...metadata } = target.object.metadata ?? {}
  target.object.metadata = { ...metadata, ...(patch.allowNameChange ? {} : { name }), ...(namespace === '' ? {} : { namespace }) }
}

function merge(target: unknown, patch: unknown, type: TypeSchema | undefined, field?: FieldSchema): Merged {
  if (patch === undefined) return target
  if (patch === null) return deleted
  if (isObject(patch)) return mergeObjects(isObject(target) ? target : undefined, patch, type)
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : undefined, patch, type, field)
  return patch
}

function mergeObjects(target: JsonObject | undefined, patch: JsonObject, type: TypeSchema | undefined): Merged {
  const { $patch: directive, ...rest } = patch
  if (directive === 'delete') return deleted
  const result: JsonObject = target === undefined || directive === 'replace' ? {} : target
  for (const key of Object.keys(rest).sort()) {
    const field = type?.kind === 'struct' ? type.byName.get(key) : undefined
    const inner = type?.kind === 'map' ? type.value : field?.type
    const value = merge(getKey(result, key), rest[key], inner, field)
    if (value === deleted || value === undefined) delete result[key]
    else setKey(result, key, value)
  }
  return result
}

function mergeLists(target: readonly unknown[] | undefined, patch: readonly unknown[], type: TypeSchema | undefined, field: FieldSchema | undefined): Merged {
  if (!field?.patchStrategy?.includes('merge')) return patch
  const element = type?.kind === 'list' ? type.element : undefined
  const directive = patch.find((each) => isObject(each) && Object.keys(each).length === 1 && '$patch' in each) as JsonObject | undefined
  if (directive?.$patch === 'delete') return deleted
  const given = patch.filter((each) => each !== directive)
  if (directive?.$patch === 'replace') return given
  const keys = keysOf(field)
  if (keys.length === 0) return [...given, ...(target ?? []).filter((each) => !given.includes(each))]
  return mergeByKeys(target ?? [], given, keys, element)
}

function keysOf(field: FieldSchema): readonly string[] {
  if (field.listMapKeys !== undefined && field.listMapKeys.length > 0) return field.listMapKeys
  return field.patchMergeKey ? [field.patchMergeKey] : []
}

/**
 * Elements of the patch come first, in its order, merged with what they match; then what they do not. With more than one
 * key that counts, only what the patch adds comes first, and the target's elements stay in their order.
 */
function mergeByKeys(target: readonly unknown[], patch: readonly unknown[], keys: readonly string[], element: TypeSchema | undefined): unknown[] {
  const counting = keys.filter((key) => [...target, ...patch].some((each) => isObject(each) && each[key] !== undefined))
  const rest: unknown[] = [...target]
  const first: unknown[] = []
  for (const each of patch) {
    const at = rest.findIndex((old) => sameKeys(old, each, counting))
    const merged = merge(at < 0 ? undefined : rest[at], each, element)
    const isGone = merged === deleted || (isObject(merged) && Object.keys(merged).length === 0)
    if (at >= 0 && (isGone || counting.length < 2)) rest.splice(at, 1)
    if (isGone) continue
    if (at >= 0 && counting.length > 1) rest[at] = merged
    else first.push(merged)
  }
  return [...first, ...rest]
}

/** A key that one of the two leaves out (a port's protocol) does not tell them apart, as long as another does not. */
function sameKeys(a: unknown, b: unknown, keys: readonly string[]): boolean {
  if (!isObject(a) || !isObject(b)) return false
  let common = false
  for (const key of keys) {
    const [left, right] = [a[key], b[key]]
    if (left === right && left !== undefined) common = true
    else if (left !== undefined && right !== undefined) return false
  }
  return common
}
