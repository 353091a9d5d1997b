/** The path elements of a list's items. */
import { isObject } from '../../json-value.ts'
import { keyElement, valueElement } from './field-set.ts'
import type { ListType } from './merge-type.ts'

export class ItemError extends Error {}

export function itemElement(type: ListType, item: unknown): string {
  return type.relation === 'map' ? mapItem(type, item) : setItem(item)
}

function mapItem(type: ListType, item: unknown): string {
  if (item === null || item === undefined) throw new ItemError('associative list with keys may not have a null element')
  if (!isObject(item)) throw new ItemError('associative list with keys may not have non-map elements')
  const fields: [string, unknown][] = []
  for (const key of type.keys) {
    const given = item[key]
    const value = given === undefined && Object.hasOwn(type.keyDefaults, key) ? type.keyDefaults[key] : given
    // A key that is left out tells items apart as well as any value of it.
    if (value !== undefined) fields.push([key, value])
  }
  if (fields.length > 0 || type.keys.length === 0) return keyElement(fields)
  const keys = type.keys.map((key) => JSON.stringify(key)).join(' ')
  throw new ItemError(`associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`)
}

function setItem(item: unknown): string {
  if (item === null || item === undefined) throw new ItemError("associative list without keys has an element that's an explicit null")
  if (Array.isArray(item)) throw new ItemError('not supported: associative list with lists as elements')
  if (isObject(item)) throw new ItemError("associative list without keys has an element that's a map type")
  return valueElement(item)
}

/** Items by element; a live list may hold duplicates, which are then no one's. */
export function indexItems(type: ListType, list: readonly unknown[]): { elements: string[]; byElement: Map<string, unknown[]> } {
  const elements: string[] = []
  const byElement = new Map<string, unknown[]>()
  for (const item of list) {
    const element = itemElement(type, item)
    elements.push(element)
    const same = byElement.get(element)
    if (same === undefined) byElement.set(element, [item])
    else same.push(item)
  }
  return { elements, byElement }
}
