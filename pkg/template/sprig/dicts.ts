/** Sprig's dictionaries. They are changed in place by set, unset and merge, as in Go. */
import { goFunction } from '../exec/signature.ts'
import type { GoFunction, Value } from '../types.ts'
import { type Dictionary, dictionary, isDictionary, ofType, sortedKeys, typeOf } from '../values.ts'
import { isEmpty, strval } from './convert.ts'

type Map = Dictionary | null

const maxMergeDepth = 1000
const own = (map: Map, key: string): boolean => map !== null && Object.hasOwn(map, key)

function set(map: Map, key: string, value: Value): Value {
  if (map === null) throw new Error('assignment to entry in nil map')
  map[key] = value
  return map
}

function dict(...values: Value[]): Value {
  const made = dictionary()
  for (let at = 0; at < values.length; at += 2) made[strval(values[at])] = at + 1 < values.length ? values[at + 1] : ''
  return made
}

/** dario.cat/mergo on maps: what is there stays unless it is empty, or is overwritten. */
export function merge(into: Dictionary, from: Dictionary, overwrite: boolean, depth = 0): void {
  if (depth > maxMergeDepth || into === from) return
  for (const key of Object.keys(from)) {
    const source = from[key]
    const target = own(into, key) ? into[key] : undefined
    if (source === null || source === undefined) {
      if (overwrite) into[key] = null
      continue
    }
    if (isDictionary(source) && isDictionary(target)) {
      merge(target, source, overwrite, depth + 1)
      if (Object.keys(target).length > 0) continue
    }
    if (Array.isArray(source) && target !== undefined && target !== null && !isEmpty(target)) {
      if (overwrite) into[key] = source
      continue
    }
    if (overwrite || isEmpty(target)) into[key] = source
  }
}

function mergeAll(overwrite: boolean, must: boolean) {
  return (into: Map, ...sources: Map[]): Value => {
    for (const source of sources) {
      if (source === null) continue
      try {
        if (into === null) throw new Error('dst must be a pointer')
        merge(into, source, overwrite)
      } catch (error) {
        if (must) throw error
        return ''
      }
    }
    return into
  }
}

/** A copy that shares nothing that can be changed. */
export function deepCopy(value: Value): Value {
  if (Array.isArray(value)) {
    const copy = value.map(deepCopy)
    return typeOf(value) === '[]interface {}' ? copy : ofType(typeOf(value), copy)
  }
  if (!isDictionary(value) || value === null) return value
  const copy = dictionary(Object.keys(value).map((key) => [key, deepCopy(value[key])] as const))
  const type = typeOf(value)
  return type === 'map[string]interface {}' ? copy : ofType(type, copy)
}

function copyOf(value: Value): Value {
  if (value === null) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  return deepCopy(value)
}

function dig(...given: Value[]): Value {
  if (given.length < 3) throw new Error('dig needs at least three arguments')
  let map = given.at(-1)
  const keys = given.slice(0, -2)
  const conversion = (value: Value, type: string): Error =>
    new Error(`interface conversion: interface {} is ${value === null || value === undefined ? 'nil' : typeOf(value)}, not ${type}`)
  const isMap = (value: Value): value is Dictionary => isDictionary(value) && typeOf(value) === 'map[string]interface {}'
  if (!isMap(map)) throw conversion(map, 'map[string]interface {}')
  for (const key of keys) if (typeof key !== 'string') throw conversion(key, 'string')
  for (const [at, key] of (keys as string[]).entries()) {
    if (!isMap(map)) throw conversion(map, 'map[string]interface {}')
    if (!own(map, key)) return given.at(-2)
    if (at === keys.length - 1) return map[key] ?? null
    map = map[key]
  }
  return null
}

const pick = (map: Map, ...keys: string[]): Value => dictionary(keys.filter((key) => own(map, key)).map((key) => [key, map![key]] as const))
const omit = (map: Map, ...keys: string[]): Value => dictionary(Object.entries(map ?? {}).filter(([key]) => !keys.includes(key)))

export const dictFunctions: Readonly<Record<string, GoFunction>> = {
  dict: goFunction('...any', dict),
  get: goFunction('map, string', (map: Map, key: string) => (own(map, key) ? map![key] : '')),
  set: goFunction('map, string, any', set),
  unset: goFunction('map, string', (map: Map, key: string) => {
    if (map === null) return dictionary()
    delete map[key]
    return map
  }),
  hasKey: goFunction('map, string', own),
  pluck: goFunction('string, ...map', (key: string, ...maps: Map[]) => maps.filter((map) => own(map, key)).map((map) => map![key])),
  // Go gives keys in no order; here they are sorted, so that a rendering is the same twice.
  keys: goFunction('...map', (...maps: Map[]) =>
    ofType(
      '[]string',
      maps.flatMap((map) => sortedKeys(map ?? {})),
    ),
  ),
  pick: goFunction('map, ...string', pick),
  omit: goFunction('map, ...string', omit),
  merge: goFunction('map, ...map', mergeAll(false, false)),
  mergeOverwrite: goFunction('map, ...map', mergeAll(true, false)),
  mustMerge: goFunction('map, ...map', mergeAll(false, true)),
  mustMergeOverwrite: goFunction('map, ...map', mergeAll(true, true)),
  values: goFunction('map', (map: Map) => sortedKeys(map ?? {}).map((key) => map![key])),
  deepCopy: goFunction('any', copyOf),
  mustDeepCopy: goFunction('any', copyOf),
  dig: goFunction('...any', dig),
}
