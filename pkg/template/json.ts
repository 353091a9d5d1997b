/** JSON as Go's encoding/json writes it: sorted keys, and <, > and & escaped unless told otherwise. */
import { parseJson } from '#apimachinery/codec/json-text.ts'
import { formatFloat } from './print/float.ts'
import { GoObject, type Value } from './types.ts'
import { asBigInt, isDictionary, isFunction, isNilCollection, sortedKeys, typeOf } from './values.ts'
import { plainData } from './yaml/decode.ts'

export interface JsonStyle {
  readonly indent?: string
  readonly keepHtml?: boolean
}

const htmlEscapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' }

export function jsonString(text: string, keepHtml = false): string {
  const quoted = JSON.stringify(text.toWellFormed()).replaceAll(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
  return keepHtml ? quoted : quoted.replaceAll(/[<>&]/g, (c) => htmlEscapes[c]!)
}

const maxDepth = 10_000

/** Throws with Go's message for what JSON cannot hold. */
export function encodeJson(value: Value, style: JsonStyle = {}, outer = '', depth = 0): string {
  if (depth > maxDepth) throw new Error('json: unsupported value: encountered a cycle')
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'string':
      return jsonString(value, style.keepHtml)
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${formatFloat(value, 'g', -1)}`)
      return Object.is(value, -0) ? '-0' : String(value)
  }
  const integer = asBigInt(value)
  if (integer !== undefined) return integer.toString()
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`
  if (isFunction(value)) throw new Error(`json: unsupported type: ${typeOf(value)}`)
  const inner = style.indent === undefined ? '' : outer + style.indent
  const separator = style.indent === undefined ? ',' : `,\n${inner}`
  const wrap = (open: string, items: readonly string[], close: string): string =>
    items.length === 0
      ? open + close
      : style.indent === undefined
        ? open + items.join(separator) + close
        : `${open}\n${inner}${items.join(separator)}\n${outer}${close}`
  const colon = style.indent === undefined ? ':' : ': '
  if (value instanceof GoObject) {
    const fields = value.jsonFields()
    if (!fields) return encodeJson(value.json(), style, outer, depth + 1)
    const items = fields.map(([name, each]) => jsonString(name, style.keepHtml) + colon + encodeJson(each, style, inner, depth + 1))
    return wrap('{', items, '}')
  }
  if (isNilCollection(value)) return 'null'
  if (Array.isArray(value))
    return wrap(
      '[',
      value.map((each) => encodeJson(each, style, inner, depth + 1)),
      ']',
    )
  if (!isDictionary(value)) throw new Error(`json: unsupported type: ${typeOf(value)}`)
  return wrap(
    '{',
    sortedKeys(value).map((key) => jsonString(key, style.keepHtml) + colon + encodeJson(value[key], style, inner, depth + 1)),
    '}',
  )
}

/** Throws with Go's message. */
export const decodeJson = (text: string): Value => plainData(parseJson(text).value)
