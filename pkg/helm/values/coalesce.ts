/** The values of a chart and its dependencies brought together: the user's over the parent's over the child's. */
import { printValue } from '#template/print/print.ts'
import { quote } from '#template/print/quote.ts'
import { deepCopy } from '#template/sprig/dicts.ts'
import { type Dictionary, dictionary, isDictionary, typeOf } from '#template/values.ts'
import type { Chart, Warn } from '../chart/types.ts'

const has = (map: Dictionary, key: string): boolean => Object.hasOwn(map, key)
const concat = (a: string, b: string): string => (a === '' ? b : `${a}.${b}`)

/** What a dictionary of values is: a map of the general type. */
export const isTable = (value: unknown): value is Dictionary => isDictionary(value)

/** Null removes a key. Throws when the values of a dependency are no map. */
export function coalesceValues(chart: Chart, values: Dictionary, warn: Warn): Dictionary {
  return coalesce(warn, chart, deepCopy(values) as Dictionary, '', false)
}

/** The same, but null stays, for what coalesces again later. */
export function mergeValues(chart: Chart, values: Dictionary, warn: Warn): Dictionary {
  return coalesce(warn, chart, deepCopy(values) as Dictionary, '', true)
}

function coalesce(warn: Warn, chart: Chart, into: Dictionary, prefix: string, merge: boolean): Dictionary {
  coalesceOwn(warn, chart, into, prefix, merge)
  for (const child of chart.dependencies) {
    const { name } = child.metadata
    if (!has(into, name)) into[name] = dictionary()
    const section = into[name]
    if (!isTable(section)) throw new Error(`type mismatch on ${name}: %!t(${typeOf(section)}=${printValue(section)})`)
    const childPrefix = concat(prefix, chart.metadata.name)
    coalesceGlobals(warn, section, into, childPrefix)
    into[name] = coalesce(warn, child, section, childPrefix, merge)
  }
  return into
}

function coalesceGlobals(warn: Warn, into: Dictionary, from: Dictionary, prefix: string): void {
  const target = has(into, 'global') ? into.global : dictionary()
  if (!isTable(target)) {
    warn('warning: skipping globals because destination global is not a table.')
    return
  }
  const source = has(from, 'global') ? from.global : dictionary()
  if (!isTable(source)) {
    warn('warning: skipping globals because source global is not a table.')
    return
  }
  for (const [key, value] of Object.entries(source)) {
    if (isTable(value)) {
      const copy = dictionary(Object.entries(value))
      if (!has(target, key)) target[key] = copy
      else if (!isTable(target[key])) warn(`Conflict: cannot merge map onto non-map for ${quote(key)}. Skipping.`)
      else {
        coalesceTables(warn, copy, target[key], concat(prefix, key), true)
        target[key] = copy
      }
    } else if (has(target, key) && isTable(target[key])) warn(`key ${key} is table. Skipping`)
    else target[key] = value
  }
  into.global = target
}

function coalesceOwn(warn: Warn, chart: Chart, into: Dictionary, prefix: string, merge: boolean): void {
  const path = concat(prefix, chart.metadata.name)
  for (const [key, value] of Object.entries(deepCopy(chart.values) as Dictionary)) {
    if (!has(into, key)) {
      if (!merge) {
        if (value === null) continue
        if (isTable(value)) removeNulls(value)
      }
      into[key] = value
      continue
    }
    const given = into[key]
    if (given === null && !merge) delete into[key]
    else if (isTable(given)) {
      if (isTable(value)) {
        const mergeChild = chart.dependencies.some((child) => child.metadata.name === key) || merge
        if (!mergeChild) removeNulls(value)
        coalesceTables(warn, given, value, concat(path, key), mergeChild)
      } else if (value !== null) warn(`warning: skipped value for ${path}.${key}: Not a table.`)
    }
  }
}

/** Brings `from` into `into`, which has precedence. */
export function coalesceTables(warn: Warn, into: Dictionary | null, from: Dictionary | null, prefix = '', merge = false): Dictionary | null {
  if (from === null) return into
  if (into === null) return from
  const known = new Set(Object.keys(from).filter((key) => from[key] !== null))
  for (const [key, value] of Object.entries(into)) if (value === null) from[key] = null
  for (const [key, value] of Object.entries(from)) {
    const path = concat(prefix, key)
    const old = into[key]
    if (!has(into, key)) into[key] = value
    else if (!merge && old === null && known.has(key)) delete into[key]
    else if (isTable(value)) {
      if (isTable(old)) coalesceTables(warn, old, value, path, merge)
      else warn(`warning: cannot overwrite table with non table for ${path} (${printValue(value)})`)
    } else if (isTable(old) && value !== null) warn(`warning: destination for ${path} is a table. Ignoring non-table value (${printValue(value)})`)
  }
  return into
}

function removeNulls(map: Dictionary): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === null) delete map[key]
    else if (isTable(value)) removeNulls(value)
  }
}

/** A copy without null at any depth of maps. */
export function withoutNulls(map: Dictionary): Dictionary {
  const copy = deepCopy(map) as Dictionary
  removeNulls(copy)
  return copy
}

/** The table at a path with dots; undefined when there is none. */
export function tableAt(values: Dictionary, path: string): Dictionary | undefined {
  let at: unknown = values
  for (const part of path.split('.')) {
    if (!isTable(at) || !has(at, part)) return undefined
    at = at[part]
  }
  return isTable(at) ? at : undefined
}

/** The value at a path with dots that is no table; undefined when there is none. */
export function valueAt(values: Dictionary, path: string): unknown {
  const parts = path.split('.')
  const key = parts.pop()!
  const table = parts.length === 0 ? values : tableAt(values, parts.join('.'))
  if (!table || !has(table, key) || isTable(table[key])) return undefined
  return table[key]
}
