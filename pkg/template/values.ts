/** Kinds, types and truth of values, as Go's reflect tells them. */
import { GoObject, type GoFunction, type TypeName, type Value } from './types.ts'
import { byteLength } from './print/quote.ts'

export type IntegerType = 'int8' | 'int16' | 'int32' | 'int64' | 'uint' | 'uint8' | 'uint16' | 'uint32' | 'uint64'

/** An integer of another type than int. */
export class Integer {
  readonly type: IntegerType
  readonly value: bigint
  constructor(type: IntegerType, value: bigint) {
    this.type = type
    this.value = value
  }
}

export const int64 = (value: bigint): Integer => new Integer('int64', BigInt.asIntN(64, value))

export interface Dictionary {
  [key: string]: Value
}

/** A fresh map: no key means anything in it. */
export const dictionary = (entries: Iterable<readonly [string, Value]> = []): Dictionary => {
  const made: Dictionary = Object.create(null)
  for (const [key, value] of entries) made[key] = value
  return made
}

const typeMark = Symbol('go type')

/** Says that a map or slice is of another type than the general one. */
export function ofType<T extends object>(type: TypeName, value: T): T {
  Object.defineProperty(value, typeMark, { value: type })
  return value
}

const nilMark = Symbol('nil')

/** A slice that is nil: empty, but null in JSON. */
export function nilSlice(type: TypeName = '[]interface {}'): Value[] {
  return Object.defineProperty(ofType(type, [] as Value[]), nilMark, { value: true })
}
/** A map that is nil: as an empty one, but null in JSON. */
export const nilMap = (type: TypeName): Dictionary => Object.defineProperty(ofType(type, dictionary()), nilMark, { value: true })
export const isNilCollection = (value: Value): boolean => typeof value === 'object' && value !== null && nilMark in value && Object.keys(value).length === 0

/** A value whose static type is interface {}: an element of a list in a range, whose errors name that type. */
export class Boxed {
  readonly value: Value
  constructor(value: Value) {
    this.value = value
  }
}
export const unboxed = (value: Value): Value => (value instanceof Boxed ? (value.value ?? undefined) : value)

export const isFunction = (value: Value): value is GoFunction =>
  typeof value === 'object' && value !== null && 'body' in value && typeof value.body === 'function' && 'parameters' in value

export const isDictionary = (value: Value): value is Dictionary =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof GoObject) &&
  !(value instanceof Integer) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Boxed) &&
  !isFunction(value)

export type List = readonly Value[]

/** reflect's Kind, as text. */
export function kindOf(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'invalid'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    case 'number':
      return 'float64'
    case 'bigint':
      return 'int'
  }
  if (value === null) return 'invalid'
  if (Array.isArray(value) || value instanceof Uint8Array) return 'slice'
  if (value instanceof Integer) return value.type
  if (value instanceof GoObject) return value.kind
  if (value instanceof Boxed) return 'interface'
  return isFunction(value) ? 'func' : 'map'
}

/** The name of a value's type, as %T prints it. */
export function typeOf(value: Value): TypeName {
  switch (typeof value) {
    case 'undefined':
      return '<nil>'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'float64'
    case 'bigint':
      return 'int'
    case 'string':
      return 'string'
  }
  if (value === null) return '<nil>'
  const marked = (value as { [typeMark]?: TypeName })[typeMark]
  if (marked !== undefined) return marked
  if (Array.isArray(value)) return '[]interface {}'
  if (value instanceof Uint8Array) return '[]uint8'
  if (value instanceof Integer) return value.type
  if (value instanceof GoObject) return value.typeName
  if (value instanceof Boxed) return 'interface {}'
  return isFunction(value) ? functionType(value) : 'map[string]interface {}'
}

function functionType({ parameters, variadic }: GoFunction): string {
  const named = parameters.map((type, index) => (variadic && index === parameters.length - 1 ? `...${type}` : type))
  return `func(${named.join(', ')}) interface {}`
}

/** The element type of a map or slice. */
export function elementType(value: Value): TypeName {
  const type = typeOf(value)
  return type.startsWith('map[string]') ? type.slice('map[string]'.length) : type.startsWith('[]') ? type.slice(2) : 'interface {}'
}

export const integerKinds: ReadonlySet<string> = new Set(['int', 'int8', 'int16', 'int32', 'int64'])
export const unsignedKinds: ReadonlySet<string> = new Set(['uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr'])

/** The number of an integer of any type; undefined for anything else. */
export function asBigInt(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (value instanceof Integer) return value.value
  if (value instanceof GoObject && integerKinds.has(value.kind)) return value.underlying() as bigint
  return undefined
}

/** What len gives; undefined for what has no length. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value === 'string') return byteLength(value)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof GoObject) {
    const underlying = value.underlying()
    return underlying === undefined ? undefined : lengthOf(underlying)
  }
  return isDictionary(value) ? Object.keys(value).length : undefined
}

/** Whether `if` takes it for true. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'undefined':
      return false
    case 'boolean':
      return value
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'string':
      return value.length > 0
  }
  if (value === null) return false
  if (value instanceof Boxed) return isTrue(value.value)
  const number = asBigInt(value)
  if (number !== undefined) return number !== 0n
  if (isFunction(value)) return true
  const length = lengthOf(value)
  return length === undefined ? true : length > 0
}

/** Order of strings by their bytes, which is that of their code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  for (let at = 0; at < a.length && at < b.length; at++) {
    let [left, right] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (left === right) continue
    // Surrogates stand above the rest of the basic plane, as their code points do.
    if (left >= 0xd800 && right >= 0xd800) {
      if (left >= 0xe000) left -= 0x800
      else left += 0x2000
      if (right >= 0xe000) right -= 0x800
      else right += 0x2000
    }
    return left - right
  }
  return a.length - b.length
}

export const sortedKeys = (map: Dictionary): string[] => Object.keys(map).sort(compareText)

/** reflect.DeepEqual. */
export function deepEqual(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null)
  if (typeof a !== 'object' || typeof b !== 'object' || typeOf(a) !== typeOf(b)) return false
  if (a instanceof Integer && b instanceof Integer) return a.value === b.value
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, index) => deepEqual(each, b[index]))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (a instanceof GoObject && b instanceof GoObject) return a.print() === b.print()
  if (!isDictionary(a) || !isDictionary(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]))
}
