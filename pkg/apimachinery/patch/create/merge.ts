/** JSON merge patches (RFC 7386) from two or three documents. */
import { equalJson, isObject, type JsonObject, setKey } from '../../json-value.ts'

export function createMergePatch(original: unknown, modified: unknown): JsonObject {
  const before = isObject(original) ? original : {}
  const after = isObject(modified) ? modified : {}
  const patch: JsonObject = {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) setKey(patch, key, null)
  for (const key of Object.keys(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined
    const fresh = after[key]
    if (isObject(old) && isObject(fresh)) {
      const inner = createMergePatch(old, fresh)
      if (Object.keys(inner).length > 0) setKey(patch, key, inner)
    } else if (!equalJson(old, fresh)) setKey(patch, key, fresh)
  }
  return patch
}

/** As for custom resources by `kubectl apply`: see `createThreeWayStrategicPatch`. */
export function createThreeWayMergePatch(original: unknown, modified: unknown, current: unknown): JsonObject {
  const changes = only(createMergePatch(current, modified), (value) => value !== null)
  const deletions = only(createMergePatch(original, modified), (value) => value === null)
  return join(deletions, changes)
}

function only(patch: JsonObject, keep: (value: unknown) => boolean): JsonObject {
  const kept: JsonObject = {}
  for (const [key, value] of Object.entries(patch)) {
    if (isObject(value)) {
      const inner = only(value, keep)
      // An empty object that is itself the change is kept with the changes.
      if (Object.keys(inner).length > 0 || (Object.keys(value).length === 0 && keep(value))) setKey(kept, key, inner)
    } else if (keep(value)) setKey(kept, key, value)
  }
  return kept
}

function join(first: JsonObject, second: JsonObject): JsonObject {
  const joined: JsonObject = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const before = Object.hasOwn(joined, key) ? joined[key] : undefined
    setKey(joined, key, isObject(before) && isObject(value) ? join(before, value) : value)
  }
  return joined
}
