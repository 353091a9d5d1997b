/** Merges what was applied into what is there. */
import { isObject, type JsonObject, setKey } from '../../json-value.ts'
import { indexItems, ItemError } from './list-items.ts'
import { type ListType, type MapType, type MergeType, resolve } from './merge-type.ts'
import { printPath } from './field-set.ts'

/** `applied` wins; undefined stands for what is not there. */
export function merge(type: MergeType, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live
  // What is null has no form of its own.
  const atom = resolve(type, applied ?? live)
  if (live === undefined || atom.kind === 'scalar') return applied
  // An explicit null does not empty what merges item by item.
  if (applied === null && atom.relation !== 'atomic') return isEmpty(live) ? null : live
  if (atom.kind === 'map' && atom.relation === 'granular' && isObject(applied)) return mergeMaps(atom, isObject(live) ? live : {}, applied)
  if (atom.kind === 'list' && atom.relation !== 'atomic' && Array.isArray(applied)) return mergeLists(atom, Array.isArray(live) ? live : [], applied)
  return applied
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

function mergeMaps(type: MapType, live: JsonObject, applied: JsonObject): unknown {
  const result: JsonObject = {}
  for (const key of new Set([...Object.keys(live), ...Object.keys(applied)])) {
    const inner = type.field(key) ?? type.rest
    const [left, right] = [Object.hasOwn(live, key) ? live[key] : undefined, Object.hasOwn(applied, key) ? applied[key] : undefined]
    const value = inner === undefined ? (right ?? left) : merge(inner, left, right)
    if (value !== undefined) setKey(result, key, value)
  }
  return result
}

/**
 * Items of both, in an order that respects both: the applied order where items are shared, each side's own
 * items kept near their neighbours. Follows structured-merge-diff, so that orders come out the same.
 */
function mergeLists(type: ListType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = indexItems(type, live)
  const right = indexItems(type, applied)
  if (right.byElement.size !== applied.length) {
    const duplicate = right.elements.find((element, index) => right.elements.indexOf(element) !== index) ?? ''
    throw new ItemError(`duplicate entries for key ${printPath([duplicate])}`)
  }
  const shared = right.elements.filter((element) => left.byElement.has(element))
  const done = new Set<string>()
  const result: unknown[] = []
  const take = (element: string): void => {
    const lefts = left.byElement.get(element)
    // Of duplicates on the live side none is the one meant.
    const value = merge(type.element, lefts?.length === 1 ? lefts[0] : undefined, right.byElement.get(element)?.[0])
    if (value !== undefined) result.push(value)
    done.add(element)
  }
  let next = shared.shift()
  let l = 0
  let r = 0
  while (l < live.length || r < applied.length) {
    const [leftElement, rightElement] = [left.elements[l], right.elements[r]]
    if (leftElement !== undefined && rightElement !== undefined) {
      if (leftElement === rightElement) {
        take(leftElement)
        l++
        r++
        next = shared.shift()
        continue
      }
      if (right.byElement.has(leftElement) && next !== undefined && next !== leftElement) {
        l++
        continue
      }
    }
    if (leftElement !== undefined) {
      if (!right.byElement.has(leftElement)) {
        result.push(live[l++])
        continue
      }
      if (done.has(leftElement)) l++
    }
    if (rightElement !== undefined) {
      take(rightElement)
      r++
      if (next === rightElement) next = shared.shift()
    }
  }
  return result
}
