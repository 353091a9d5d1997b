/** JSON merge patch (RFC 7386). */
import { cloneJson, getKey, isObject, type JsonObject, setKey } from '../json-value.ts'
import { badPatch } from './errors.ts'

/** The patched document; the given one is not touched. A patch that is no object is refused, as upstream does. */
export function applyMergePatch<T>(document: T, patch: unknown): T {
  if (!isObject(patch)) throw badPatch('Invalid JSON Patch')
  return merge(document, patch) as T
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = {}
  const source = isObject(target) ? target : {}
  for (const key of Object.keys(source)) {
    const change = getKey(patch, key)
    if (change === undefined) setKey(result, key, cloneJson(source[key]))
    else if (change !== null) setKey(result, key, changed(source[key], change))
  }
  for (const key of Object.keys(patch)) {
    const change = patch[key]
    if (change !== null && change !== undefined && !Object.hasOwn(source, key)) setKey(result, key, changed(undefined, change))
  }
  return result
}

function changed(target: unknown, change: unknown): unknown {
  if (isObject(change)) return merge(target, change)
  return Array.isArray(change) ? change.map(withoutNulls) : change
}

/** Upstream's library drops null members of objects inside lists too. */
function withoutNulls(value: unknown): unknown {
  return isObject(value) ? merge(undefined, value) : Array.isArray(value) ? value.map(withoutNulls) : value
}
