/** Patches for the fake client: merge exactly, strategic by the merge keys of the fields that controllers patch. */
import { badRequest } from '#apimachinery/status-error.ts'

type Json = any

export function mergePatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

const mergeKeys: Readonly<Record<string, string>> = {
  ownerReferences: 'uid',
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  addresses: 'type',
}
const setFields = new Set(['finalizers'])

export function strategicPatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch
  if (patch.$patch === 'replace') {
    const { $patch: _, ...rest } = patch
    return rest
  }
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries<Json>(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice('$deleteFromPrimitiveList/'.length)
      result[field] = (result[field] ?? []).filter((each: Json) => !value.includes(each))
    } else if (value === null) delete result[key]
    else if (Array.isArray(value) && setFields.has(key)) result[key] = [...new Set([...(result[key] ?? []), ...value])]
    else if (Array.isArray(value) && mergeKeys[key]) result[key] = mergeList(result[key] ?? [], value, mergeKeys[key])
    else result[key] = strategicPatch(result[key], value)
  }
  return result
}

function mergeList(target: Json[], patch: Json[], mergeKey: string): Json[] {
  const result = [...target]
  for (const item of patch) {
    const at = result.findIndex((each) => each[mergeKey] === item[mergeKey])
    if (item.$patch === 'delete') {
      if (at >= 0) result.splice(at, 1)
    } else if (at < 0) result.push(item)
    else result[at] = strategicPatch(result[at], item)
  }
  return result
}

/** RFC 6902: add, remove, replace, test. */
export function jsonPatch(target: Json, operations: readonly { op: string; path: string; value?: Json }[]): Json {
  const root = { root: structuredClone(target) }
  for (const { op, path, value } of operations) {
    const tokens = ['root', ...path.split('/').slice(1)].map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = tokens.pop()!
    let at: Json = root
    for (const token of tokens) at = at?.[token]
    if (at === undefined) throw badRequest(`the path ${path} does not exist`)
    if (op === 'test') {
      if (JSON.stringify(at[last]) !== JSON.stringify(value)) throw badRequest(`testing path ${path} failed`)
    } else if (op === 'remove') {
      if (Array.isArray(at)) at.splice(Number(last), 1)
      else delete at[last]
    } else if (op === 'add' && Array.isArray(at)) at.splice(last === '-' ? at.length : Number(last), 0, value)
    else if (op === 'add' || op === 'replace') at[last] = value
    else throw badRequest(`unsupported operation ${op}`)
  }
  return root.root
}

function isMap(value: unknown): value is Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
