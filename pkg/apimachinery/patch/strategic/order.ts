/** The order of merged lists: what the patch names in its order, what only the server had kept in between. */
import { getKey, isObject } from '../../json-value.ts'
import { goText, goTypeOf } from '../../go-text.ts'
import { internal } from '../errors.ts'
import { PATCH } from './directives.ts'

/** What identifies an element: its merge key's value, or the scalar itself. */
export function identity(element: unknown, mergeKey: string, position = 0): unknown {
  if (mergeKey === '') return element
  if (!isObject(element)) throw internal(`value for key ${position} is not a map`)
  return getKey(element, mergeKey)
}

export function requiredIdentity(element: unknown, mergeKey: string): unknown {
  const key = identity(element, mergeKey)
  if (mergeKey !== '' && key === undefined) throw internal(`map: ${goText(element)} does not contain declared merge key: ${mergeKey}`)
  return key
}

/** Positions by identity; the first of equals counts. */
function positions(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const found = new Map<unknown, number>()
  for (const [index, element] of list.entries()) {
    const key = identity(element, mergeKey)
    if (!found.has(key)) found.set(key, index)
  }
  return found
}

/**
 * Orders `merged`: elements that `order` names come in its order; the others keep their place relative to
 * those around them on the server. An element new to the server goes before what it cannot be compared with.
 */
export function orderElements(merged: readonly unknown[], order: readonly unknown[], server: readonly unknown[], mergeKey: string): unknown[] {
  for (const element of order) requiredIdentity(element, mergeKey)
  const wanted = positions(order, mergeKey)
  const existing = positions(server, mergeKey)
  const at = (element: unknown, table: Map<unknown, number>): number => table.get(identity(element, mergeKey)) ?? -1
  for (const element of merged) requiredIdentity(element, mergeKey)
  const named = merged.filter((element) => at(element, wanted) >= 0).sort((a, b) => at(a, wanted) - at(b, wanted))
  const others = merged.filter((element) => at(element, wanted) < 0).sort((a, b) => at(a, existing) - at(b, existing))
  const result: unknown[] = []
  let next = 0
  for (const element of named) {
    const place = at(element, existing)
    while (place >= 0 && next < others.length) {
      const other = at(others[next], existing)
      if (other < 0 || other > place) break
      result.push(others[next++])
    }
    result.push(element)
  }
  return [...result, ...others.slice(next)]
}

/** The elements of a patch must stand in the order that the patch itself sets. */
export function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return
  const elements = mergeKey === '' ? patch : patch.filter((element) => !(isObject(element) && element[PATCH] === 'delete'))
  let [next, position] = [0, 0]
  while (next < elements.length && position < order.length) {
    const element = elements[next]
    // Other directives are passed over, but only as long as there is an order left.
    if (isObject(element) && Object.hasOwn(element, PATCH)) next++
    else if (requiredIdentity(element, mergeKey) === requiredIdentity(order[position++], mergeKey)) next++
  }
  if (next < elements.length) throw internal(`The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`)
}

export function asList(value: unknown): readonly unknown[] {
  const type = value === null ? '%!s(<nil>)' : goTypeOf(value)
  if (!Array.isArray(value)) throw internal(`expected a []interface {}, but received a ${type}`)
  return value
}
