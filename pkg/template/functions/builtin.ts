/** The functions that every template of Go has. */
import { goFunction, isAssignable, isInterface, canBeNil } from '../exec/signature.ts'
import { sprint, sprintf, sprintln } from '../print/print.ts'
import { byteLength, bytesToText, textToBytes } from '../print/quote.ts'
import { GoObject, type GoFunction, type Value } from '../types.ts'
import { asBigInt, Boxed, elementType, Integer, isDictionary, isFunction, isTrue, lengthOf, typeOf, unboxed } from '../values.ts'
import { equal, less } from './compare.ts'

const htmlEscapes: Readonly<Record<string, string>> = { '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;', '\0': '\ufffd' }
export const escapeHtml = (text: string): string => text.replaceAll(/["'&<>\0]/g, (c) => htmlEscapes[c]!)

const jsEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"', '<': '\\u003C', '>': '\\u003E', '&': '\\u0026', '=': '\\u003D' }
function escapeJs(text: string): string {
  let out = ''
  for (const c of text) {
    const code = c.codePointAt(0)!
    if (jsEscapes[c]) out += jsEscapes[c]
    else if (code < 0x20) out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
    else if (code < 0x80 || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(c)) out += c
    else out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  }
  return out
}

/** url.QueryEscape. */
export function escapeQuery(text: string): string {
  let out = ''
  for (const byte of textToBytes(text)) {
    const c = String.fromCharCode(byte)
    out += /[A-Za-z0-9_.~-]/.test(c) ? c : c === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

/** One string as it is, anything else as print gives it. */
const evalArgs = (values: readonly Value[]): string =>
  values.length === 1 && typeof values[0] === 'string'
    ? values[0]
    : sprint(values.map((each) => (each instanceof GoObject && each.kind === 'ptr' ? each.display() : (each ?? '<no value>'))))

function indexArg(given: Value, limit: number): number {
  const index = unboxed(given)
  if (index === undefined || index === null) throw new Error('cannot index slice/array with nil')
  const number = asBigInt(index)
  if (number === undefined) throw new Error(`cannot index slice/array with type ${typeOf(index)}`)
  if (number < 0n || number > BigInt(limit)) throw new Error(`index out of range: ${number}`)
  return Number(number)
}

function index(given: Value, ...indexes: readonly Value[]): Value {
  let item = unboxed(given)
  if (item === undefined || item === null) throw new Error('index of untyped nil')
  for (const key of indexes) {
    if (item === undefined || item === null) throw new Error('index of nil pointer')
    if (item instanceof GoObject) item = item.underlying() ?? item
    if (typeof item === 'string' || Array.isArray(item) || item instanceof Uint8Array) {
      const length = lengthOf(item)!
      const at = indexArg(key, length)
      if (at >= length) {
        throw new Error(typeof item === 'string' ? 'reflect: string index out of range' : 'reflect: slice index out of range')
      }
      const element: Value = typeof item === 'string' ? textToBytes(item)[at]! : (item as readonly Value[])[at]
      item = typeof item === 'string' || item instanceof Uint8Array ? new Integer('uint8', BigInt(element as number)) : element
    } else if (isDictionary(item)) {
      const name = unboxed(key)
      if (name === undefined || name === null) throw new Error('value is nil; should be of type string')
      if (typeof name !== 'string') throw new Error(`value has type ${typeOf(name)}; should be string`)
      item = Object.hasOwn(item, name) ? item[name] : elementType(item) === 'string' ? '' : null
    } else throw new Error(`can't index item of type ${typeOf(item).replace(/^\*/, '')}`)
  }
  return item
}

function slice(given: Value, ...indexes: readonly Value[]): Value {
  const item = unboxed(given)
  if (item === undefined || item === null) throw new Error('slice of untyped nil')
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  if (typeof item !== 'string' && !Array.isArray(item) && !(item instanceof Uint8Array))
    throw new Error(`can't slice item of type ${typeOf(item).replace(/^\*/, '')}`)
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string')
  const bounds = [0, lengthOf(item)!]
  indexes.forEach((each, at) => {
    bounds[at] = indexArg(each, lengthOf(item)!)
  })
  if (bounds[0]! > bounds[1]!) throw new Error(`invalid slice index: ${bounds[0]} > ${bounds[1]}`)
  if (bounds.length > 2 && bounds[1]! > bounds[2]!) throw new Error(`invalid slice index: ${bounds[1]} > ${bounds[2]}`)
  if (typeof item === 'string')
    return byteLength(item) === item.length ? item.slice(bounds[0], bounds[1]) : bytesToText(textToBytes(item).subarray(bounds[0], bounds[1]))
  return item.slice(bounds[0], bounds[1])
}

function length(given: Value): bigint {
  const item = unboxed(given)
  if (item === undefined || item === null) throw new Error(given === undefined ? 'reflect: call of reflect.Value.Type on zero Value' : 'len of nil pointer')
  const count = lengthOf(item)
  if (count === undefined) throw new Error(`len of type ${typeOf(item).replace(/^\*/, '')}`)
  return BigInt(count)
}

function call(name: string, callee: Value, ...args: readonly Value[]): Value {
  if (callee === undefined || callee === null) throw new Error('call of nil')
  if (!isFunction(callee)) throw new Error(`non-function ${name} of type ${typeOf(callee)}`)
  const { parameters, variadic, body } = callee
  const fixed = parameters.length - (variadic ? 1 : 0)
  if (variadic ? args.length < fixed : args.length !== fixed) {
    throw new Error(`wrong number of args for ${name}: got ${args.length} want ${variadic ? 'at least ' : ''}${fixed}`)
  }
  args.forEach((arg, at) => {
    const type = parameters[Math.min(at, parameters.length - 1)]!
    if (isInterface(type)) return
    if (arg === undefined || arg === null) {
      if (!canBeNil(type)) throw new Error(`arg ${at}: value is nil; should be of type ${type}`)
    } else if (!isAssignable(arg, type)) throw new Error(`arg ${at}: value has type ${typeOf(arg)}; should be ${type}`)
  })
  return body(...(args as never[]))
}

const plain = (values: readonly Value[]): Value[] => values.map((each) => (each instanceof Boxed ? each.value : each))

const unreachable = (): never => {
  throw new Error('unreachable')
}

/** and, or and call are carried out where their arguments are evaluated: see execute.ts. */
export const builtinFunctions: ReadonlyMap<string, GoFunction> = new Map(
  Object.entries({
    and: goFunction('value, ...value', unreachable),
    or: goFunction('value, ...value', unreachable),
    not: goFunction('value', (value: Value) => !isTrue(value)),
    call: goFunction('value, ...value', call),
    html: goFunction('...any', (...values: Value[]) => escapeHtml(evalArgs(values))),
    js: goFunction('...any', (...values: Value[]) => escapeJs(evalArgs(values))),
    urlquery: goFunction('...any', (...values: Value[]) => escapeQuery(evalArgs(values))),
    index: goFunction('value, ...value', index),
    slice: goFunction('value, ...value', slice),
    len: goFunction('value', length),
    print: goFunction('...any', (...values: Value[]) => sprint(plain(values))),
    printf: goFunction('string, ...any', (format: string, ...values: Value[]) => sprintf(format, plain(values))),
    println: goFunction('...any', (...values: Value[]) => sprintln(plain(values))),
    eq: goFunction('value, ...value', (first: Value, ...others: Value[]) => equal(first, others)),
    ne: goFunction('value, value', (a: Value, b: Value) => !equal(a, [b])),
    lt: goFunction('value, value', (a: Value, b: Value) => less(a, b)),
    le: goFunction('value, value', (a: Value, b: Value) => less(a, b) || equal(a, [b])),
    gt: goFunction('value, value', (a: Value, b: Value) => !(less(a, b) || equal(a, [b]))),
    ge: goFunction('value, value', (a: Value, b: Value) => !less(a, b)),
  }),
)
