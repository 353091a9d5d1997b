/** What a strategic merge patch must say to turn one document into another (k8s.io/apimachinery/pkg/util/strategicpatch, diffMaps and its kin). */
import { equalJson, getKey, isObject, type JsonObject, setKey } from '../../json-value.ts'
import type { TypeSchema } from '../../schema/types.ts'
import { unprocessable } from '../errors.ts'
import { DELETE_FROM, PATCH, RETAIN_KEYS, SET_ORDER } from '../strategic/directives.ts'
import { type FieldMeta, fieldMeta, typeNameOf } from '../strategic/schema-lookup.ts'
import { retainsKeys } from './retain-keys.ts'

export interface DiffOptions {
  readonly setElementOrder?: boolean
  /** Say nothing of what only the first document has. */
  readonly ignoreDeletions?: boolean
  /** Say nothing but that. */
  readonly ignoreChangesAndAdditions?: boolean
}

export function diffMaps(original: JsonObject, modified: JsonObject, type: TypeSchema | undefined, options: DiffOptions, retainKeys = false): JsonObject {
  const patch: JsonObject = {}
  for (const key of Object.keys(original)) {
    if (!Object.hasOwn(modified, key)) {
      if (!options.ignoreDeletions) setKey(patch, key, null)
    } else diffField(patch, key, original[key], modified[key], type, options)
  }
  if (!options.ignoreChangesAndAdditions) {
    for (const key of Object.keys(modified)) if (!Object.hasOwn(original, key) && modified[key] !== undefined) setKey(patch, key, modified[key])
  }
  if (retainKeys && Object.keys(patch).length > 0) {
    patch[RETAIN_KEYS] = Object.keys(modified)
      .filter((key) => modified[key] !== null && modified[key] !== undefined)
      .sort()
  }
  return patch
}

function diffField(patch: JsonObject, key: string, before: unknown, after: unknown, type: TypeSchema | undefined, options: DiffOptions): void {
  const replaceIfChanged = (): void => {
    if (!options.ignoreChangesAndAdditions && !equalJson(before, after)) setKey(patch, key, after)
  }
  if (isObject(before) && isObject(after)) {
    const meta = fieldMeta(type, key)
    if (meta.strategy === 'replace') {
      replaceIfChanged()
      return
    }
    const inner = diffMaps(before, after, meta.inner, options, retainsKeys(type, key))
    if (Object.keys(inner).length > 0) setKey(patch, key, inner)
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const meta = fieldMeta(type, key)
    if (meta.strategy !== 'merge') {
      replaceIfChanged()
      return
    }
    const { changes, deletions, order } = diffLists(before, after, meta, options, retainsKeys(type, key))
    if (changes.length > 0) setKey(patch, key, changes)
    if (deletions.length > 0) patch[`${DELETE_FROM}/${key}`] = deletions
    if (order.length > 0) patch[`${SET_ORDER}/${key}`] = order
  } else replaceIfChanged()
}

interface ListDiff {
  readonly changes: unknown[]
  readonly deletions: unknown[]
  readonly order: unknown[]
}

function diffLists(before: readonly unknown[], after: readonly unknown[], meta: FieldMeta, options: DiffOptions, retainKeys: boolean): ListDiff {
  if (before.length === 0) return { changes: options.ignoreChangesAndAdditions ? [] : [...after], deletions: [], order: [] }
  const elements = [...before, ...after]
  if (elements.some(Array.isArray)) throw unprocessable('lists of lists are not supported')
  return elements.every(isObject) ? diffObjects(before as JsonObject[], after as JsonObject[], meta, options, retainKeys) : diffScalars(before, after, options)
}

function diffObjects(before: readonly JsonObject[], after: readonly JsonObject[], meta: FieldMeta, options: DiffOptions, retainKeys: boolean): ListDiff {
  const { mergeKey, inner } = meta
  if (mergeKey === '') throw unprocessable(`cannot merge lists without merge key for ${typeNameOf(inner)}`)
  const keyOf = (element: JsonObject): unknown => {
    const value = getKey(element, mergeKey)
    if (value === undefined) throw unprocessable(`map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`)
    return value
  }
  const old = new Map(before.map((element) => [keyOf(element), element]))
  const fresh = new Map(after.map((element) => [keyOf(element), element]))
  const changes: unknown[] = []
  for (const [key, element] of fresh) {
    const known = old.get(key)
    if (!known) {
      if (!options.ignoreChangesAndAdditions) changes.push(element)
      continue
    }
    const change = diffMaps(known, element, inner, options, retainKeys)
    if (Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: key })
  }
  if (!options.ignoreDeletions) {
    const gone = [...old.keys()].filter((key) => !fresh.has(key)).sort(byText)
    for (const key of gone) changes.push({ [PATCH]: 'delete', [mergeKey]: key })
  }
  const moved = !sameOrder([...old.keys()], [...fresh.keys()])
  const wanted =
    options.setElementOrder && ((!options.ignoreChangesAndAdditions && (changes.length > 0 || moved)) || (!options.ignoreDeletions && changes.length > 0))
  return { changes, deletions: [], order: wanted ? after.map((element) => ({ [mergeKey]: keyOf(element) })) : [] }
}

function diffScalars(before: readonly unknown[], after: readonly unknown[], options: DiffOptions): ListDiff {
  const changes = options.ignoreChangesAndAdditions ? [] : after.filter((element) => !before.includes(element))
  const deletions = options.ignoreDeletions ? [] : [...new Set(before.filter((element) => !after.includes(element)))].sort(byText)
  const moved = !sameOrder(before, after)
  const wanted =
    options.setElementOrder && ((!options.ignoreDeletions && deletions.length > 0) || (!options.ignoreChangesAndAdditions && (changes.length > 0 || moved)))
  return { changes, deletions, order: wanted ? [...after] : [] }
}

/** Whether what both lists have stands in the same order in both. */
function sameOrder(before: readonly unknown[], after: readonly unknown[]): boolean {
  const left = before.filter((element) => after.includes(element))
  const right = after.filter((element) => before.includes(element))
  return equalJson(left, right)
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}
