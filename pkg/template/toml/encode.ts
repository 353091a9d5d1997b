/** TOML as BurntSushi/toml writes it: plain keys first, then tables, each level indented by two spaces. */
import { formatFloat } from '../print/float.ts'
import { formatMoment } from '../time/layout.ts'
import { TimeObject } from '../time/time-object.ts'
import { GoObject, type Value } from '../types.ts'
import { asBigInt, type Dictionary, isDictionary, isNilCollection, sortedKeys, typeOf } from '../values.ts'
import { localZones } from './scalars.ts'

const bareKey = /^[A-Za-z0-9_-]+$/
const keyText = (key: string): string => (bareKey.test(key) ? key : `"${escapeText(key)}"`)

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }
function escapeText(text: string): string {
  return text.replaceAll(/["\\\x00-\x1f\x7f]/g, (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const isTable = (value: Value): value is Dictionary => isDictionary(value)
const isTableList = (value: Value): value is Dictionary[] => Array.isArray(value) && value.length > 0 && value.every(isTable)

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 53) return formatFloat(value, 'e', -1)
  const text = formatFloat(value, value !== 0 && Math.abs(value) < 1e-4 ? 'e' : 'f', -1)
  if (text.includes('e')) return text
  return text.includes('.') ? text : `${text}.0`
}

function timeText({ moment }: TimeObject): string {
  const form = localZones[moment.zone as keyof typeof localZones]
  return formatMoment(moment, form ?? '2006-01-02T15:04:05.999999999Z07:00')
}

function valueText(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `"${escapeText(value)}"`
    case 'boolean':
      return String(value)
    case 'number':
      return floatText(value)
  }
  const integer = asBigInt(value)
  if (integer !== undefined) return integer.toString()
  if (Array.isArray(value)) return `[${value.map(element).join(', ')}]`
  if (value instanceof TimeObject) return timeText(value)
  if (value instanceof GoObject) return valueText(value.json())
  if (isTable(value))
    return `{${sortedKeys(value)
      .filter((key) => value[key] !== null)
      .map((key) => `${keyText(key)} = ${valueText(value[key])}`)
      .join(', ')}}`
  throw new Error(`toml: unsupported type: ${typeOf(value)}`)
}

function element(value: Value): string {
  if (value === null || value === undefined) throw new Error('toml: cannot encode array with nil element')
  return valueText(value)
}

function table(map: Dictionary, path: readonly string[], out: string[]): void {
  const keys = sortedKeys(map).filter((key) => map[key] !== null && map[key] !== undefined && !isNilCollection(map[key]))
  const indent = '  '.repeat(path.length)
  for (const key of keys) if (!isTable(map[key]) && !isTableList(map[key])) out.push(`${indent}${keyText(key)} = ${valueText(map[key])}`)
  for (const key of keys) {
    const value = map[key]
    const name = [...path, keyText(key)]
    if (isTable(value)) {
      if (path.length === 0 && out.length > 0) out.push('')
      out.push(`${indent}[${name.join('.')}]`)
      table(value, name, out)
    } else if (isTableList(value)) {
      for (const each of value) {
        if (out.length > 0) out.push('')
        out.push(`${indent}[[${name.join('.')}]]`)
        table(each, name, out)
      }
    }
  }
}

/** The original's library does not tell of it, but gives up: no function that makes an error of its own can catch it. */
export class NothingToEncode extends Error {
  constructor() {
    super('reflect: call of reflect.Value.Type on zero Value')
  }
}

/** Throws with the library's message for what has no place at the top of a document. */
export function encodeToml(value: Value): string {
  if (value === null || value === undefined) throw new NothingToEncode()
  if (isTableList(value)) throw new Error('toml: top-level values must be Go maps or structs')
  if (!isTable(value)) return valueText(value)
  const out: string[] = []
  table(value, [], out)
  return out.map((line) => `${line}\n`).join('')
}
