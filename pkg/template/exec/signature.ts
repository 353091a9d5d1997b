/** Functions with Go's parameter types, and which values may go where. */
import { GoObject, type GoFunction, type TypeName, type Value } from '../types.ts'
import { typeOf } from '../values.ts'

const cache = new Map<string, Pick<GoFunction, 'parameters' | 'variadic'>>()

const names: Readonly<Record<string, TypeName>> = { any: 'interface {}', map: 'map[string]interface {}', value: 'reflect.Value' }

function parseSignature(signature: string): Pick<GoFunction, 'parameters' | 'variadic'> {
  let parsed = cache.get(signature)
  if (!parsed) {
    const parts = signature === '' ? [] : signature.split(', ')
    parsed = {
      variadic: parts.at(-1)?.startsWith('...') ?? false,
      parameters: parts.map((part) => part.replace('...', '')).map((part) => names[part] ?? part),
    }
    cache.set(signature, parsed)
  }
  return parsed
}

/** `signature`: the parameters by their types in Go, any and map for the general ones: "string, ...any". */
export function goFunction(signature: string, body: (...args: never[]) => Value): GoFunction {
  return { ...parseSignature(signature), body }
}

export const isInterface = (type: TypeName): boolean => type === 'interface {}' || type === 'reflect.Value'

export const canBeNil = (type: TypeName): boolean => isInterface(type) || type.startsWith('map[') || type.startsWith('[]') || type.startsWith('*')

/** A named type of a map or slice may stand for it. */
export function isAssignable(value: Value, type: TypeName): boolean {
  if (isInterface(type)) return true
  const actual = typeOf(value)
  if (actual === type || actual === `*${type}`) return true
  if (type === 'map[string]interface {}') return actual === 'common.Values'
  if (type === 'error') return value instanceof GoObject && value.typeName === 'error'
  return false
}
