/** Plain JSON values: copying and comparing. Own code, since structuredClone is several times slower. */

import { NumberText } from './number-text.ts'
import { isNilList, nilList } from './nil-list.ts'

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
}

/** Assigns even names that Object.prototype has setters for. */
export function setKey(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
  else target[key] = value
}

/** The own value of a key; never what the prototype holds. */
export function getKey(source: JsonObject, key: string): unknown {
  return Object.hasOwn(source, key) ? source[key] : undefined
}

/** A deep copy; fields that are undefined are left out. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (isNilList(value) ? nilList() : value.map(cloneJson)) as T
  const keys = Object.keys(value)
  if (keys.length === 0 && value instanceof NumberText) return value
  const target: JsonObject = {}
  for (const key of keys) {
    const inner = (value as JsonObject)[key]
    if (inner !== undefined) setKey(target, key, cloneJson(inner))
  }
  return target as T
}

/** Deep equality; the order of keys does not matter, and a field that is undefined is absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let index = 0; index < a.length; index++) if (!equalJson(a[index], b[index])) return false
    return true
  }
  return !Array.isArray(b) && equalObjects(a as JsonObject, b as JsonObject)
}

function equalObjects(a: JsonObject, b: JsonObject): boolean {
  let extra = 0
  for (const key of Object.keys(b)) if (b[key] !== undefined) extra++
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false
    extra--
  }
  return extra === 0
}
