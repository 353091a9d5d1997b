/** Sprig's lists. The must… forms differ from the others only in how Go reports the error. */
import { goFunction } from '../exec/signature.ts'
import type { GoFunction, Value } from '../types.ts'
import { compareText, deepEqual, nilSlice, ofType, typeOf } from '../values.ts'
import { elementsOf, isEmpty, listOf, stringsOf, strval, toInt64 } from './convert.ts'

const on =
  (verb: string) =>
  (kind: string): string =>
    `Cannot ${verb} on type ${kind}`
const contains = (list: readonly Value[], value: Value): boolean => list.some((each) => deepEqual(value, each))

/** Go gives a nil slice for what begins empty. */
const orNil = (elements: readonly Value[], part: (elements: readonly Value[]) => Value[]): Value => (elements.length === 0 ? nilSlice() : part(elements))

const append = (list: Value, value: Value): Value => [...listOf(list, on('push')), value]
const prepend = (list: Value, value: Value): Value => [value, ...listOf(list, on('prepend'))]
const first = (list: Value): Value => listOf(list, on('find first'))[0] ?? null
const last = (list: Value): Value => listOf(list, on('find last')).at(-1) ?? null
const rest = (list: Value): Value => orNil(listOf(list, on('find rest')), (elements) => elements.slice(1))
const initial = (list: Value): Value => orNil(listOf(list, on('find initial')), (elements) => elements.slice(0, -1))
const reverse = (list: Value): Value => listOf(list, on('find reverse')).toReversed()
const compact = (list: Value): Value => listOf(list, on('compact')).filter((each) => !isEmpty(each))
const without = (list: Value, ...omit: Value[]): Value => listOf(list, on('find without')).filter((each) => !contains(omit, each))

function uniq(list: Value): Value {
  const found: Value[] = []
  for (const each of listOf(list, on('find uniq'))) if (!contains(found, each)) found.push(each)
  return found
}

function has(needle: Value, haystack: Value): boolean {
  return haystack !== null && contains(listOf(haystack, on('find has')), needle)
}

function slice(list: Value, ...indices: Value[]): Value {
  const elements = listOf(list, (kind) => `list should be type of slice or array but ${kind}`)
  if (elements.length === 0) return null
  const start = indices.length > 0 ? Number(toInt64(indices[0])) : 0
  const end = indices.length > 1 ? Number(toInt64(indices[1])) : elements.length
  if (start < 0 || start > end || end > elements.length) throw new Error('reflect.Value.Slice: slice index out of bounds')
  const part = elements.slice(start, end)
  return typeOf(list) === '[]interface {}' ? part : ofType(typeOf(list), part)
}

function chunk(size: bigint, list: Value): Value {
  const elements = listOf(list, (kind) => `Cannot chunk type ${kind}`)
  if (size <= 0n) throw new Error('runtime error: makeslice: len out of range')
  const chunks: Value[] = []
  for (let at = 0; at < elements.length; at += Number(size)) chunks.push(elements.slice(at, at + Number(size)))
  return ofType('[][]interface {}', chunks)
}

function concat(...lists: Value[]): Value {
  const all = lists.flatMap((list) => listOf(list, (kind) => `Cannot concat type ${kind} as list`))
  return all.length === 0 ? nilSlice() : all
}

function sortAlpha(list: Value): Value {
  const strings = list !== null && elementsOf(list) !== undefined ? stringsOf(list).sort(compareText) : [strval(list)]
  return ofType('[]string', strings)
}

const list = goFunction('...any', (...values: Value[]) => values)

function both(name: string, made: GoFunction): Record<string, GoFunction> {
  return { [name]: made, [`must${name[0]!.toUpperCase()}${name.slice(1)}`]: made }
}

export const listFunctions: Readonly<Record<string, GoFunction>> = {
  list,
  tuple: list,
  ...both('append', goFunction('any, any', append)),
  ...both('push', goFunction('any, any', append)),
  ...both('prepend', goFunction('any, any', prepend)),
  ...both('first', goFunction('any', first)),
  ...both('last', goFunction('any', last)),
  ...both('rest', goFunction('any', rest)),
  ...both('initial', goFunction('any', initial)),
  ...both('reverse', goFunction('any', reverse)),
  ...both('compact', goFunction('any', compact)),
  ...both('uniq', goFunction('any', uniq)),
  ...both('without', goFunction('any, ...any', without)),
  ...both('has', goFunction('any, any', has)),
  ...both('slice', goFunction('any, ...any', slice)),
  ...both('chunk', goFunction('int, any', chunk)),
  concat: goFunction('...any', concat),
  sortAlpha: goFunction('any', sortAlpha),
}
