/** JSON values, places in them, and what is in their place. */
export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}
export type Keys = readonly (string | number)[]

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function at(value: Json | undefined, keys: Keys): Json | undefined {
  let found: any = value
  for (const key of keys) {
    if (found === null || typeof found !== 'object') return undefined
    found = found[key]
  }
  return found
}

/** A copy with another value in a place; without the place where there is none. */
export function replaced(value: Json | undefined, [key, ...rest]: Keys, other: Json | undefined): Json | undefined {
  if (key === undefined) return other
  if (Array.isArray(value)) {
    const copy = [...value]
    const inner = replaced(copy[key as number], rest, other)
    if (inner === undefined) copy.splice(key as number, 1)
    else copy[key as number] = inner
    return copy
  }
  const copy: JsonObject = isObject(value) ? { ...value } : {}
  const inner = replaced(copy[key], rest, other)
  if (inner === undefined) delete copy[key]
  else copy[key] = inner
  return copy
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, index) => same(each, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

/** The same with its keys in order: what is said of it is then the same on every server. */
export function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered)
  return isObject(value) ? Object.fromEntries(sortedKeys(value).map((key) => [key, ordered(value[key]!)])) : value
}

/** Keys in an order that no server decides. */
export function sortedKeys(value: JsonObject): string[] {
  return Object.keys(value).sort()
}
