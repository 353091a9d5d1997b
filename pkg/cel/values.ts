/** JSON as CEL sees it: integers are int, other numbers double, formatted strings what they stand for. */
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { InvalidDurationError, parseGoDuration } from '#apimachinery/go-duration.ts'
import { additionalOf, type CelSchema as Schema, isMap, itemsOf } from './schema.ts'
import { exactInteger } from '#apimachinery/codec/exact-json.ts'

/** Without a schema: whole numbers are int. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(toCel)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]))
  return value
}

/** By a structural schema. At the root, and where objects are embedded, only names of metadata can be seen. */
export function toCelBySchema(value: unknown, schema: Schema, isResource = false): unknown {
  if (value === null || value === undefined) return value
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'number' ? BigInt(Math.trunc(value)) : value
  switch (schema.type) {
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
    case 'number':
      return typeof value === 'bigint' ? Number(value) : value
    case 'boolean':
      return value
    case 'string':
      return typeof value === 'string' ? formatted(value, schema.format) : value
    case 'array': {
      const items = itemsOf(schema)
      return Array.isArray(value)
        ? value.map((each) => (items ? toCelBySchema(each, items, items['x-kubernetes-embedded-resource'] === true) : toCel(each)))
        : value
    }
    case 'object':
      return isMap(value) ? objectBySchema(value, schema, isResource || schema['x-kubernetes-embedded-resource'] === true) : value
    default:
      return toCel(value)
  }
}

function objectBySchema(value: Record<string, unknown>, schema: Schema, isResource: boolean): Record<string, unknown> {
  const { properties } = schema
  const result: Record<string, unknown> = {}
  if (isResource) {
    for (const key of ['apiVersion', 'kind']) if (value[key] !== undefined) result[key] = value[key]
    if (isMap(value.metadata)) {
      const { name, generateName } = value.metadata
      result.metadata = { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) }
    }
  }
  if (properties) {
    for (const [key, property] of Object.entries(properties)) {
      if (value[key] === undefined || (isResource && result[key] !== undefined)) continue
      const converted = toCelBySchema(value[key], property)
      result[escapeName(key)] = converted
      // A keyword is a name as well where it follows a dot.
      if (isKeyword(key)) Object.defineProperty(result, key, { value: converted, enumerable: false })
    }
    return result
  }
  const rest = additionalOf(schema)
  for (const [key, each] of Object.entries(value)) if (result[key] === undefined) result[key] = rest ? toCelBySchema(each, rest) : toCel(each)
  return result
}

function formatted(value: string, format: string | undefined): unknown {
  switch (format) {
    case 'byte':
      return Buffer.from(value, 'base64')
    case 'date':
    case 'date-time':
    case 'datetime': {
      const date = new Date(value)
      return Number.isNaN(date.getTime()) ? value : date
    }
    case 'duration': {
      return durationOf(value) ?? value
    }
    default:
      return value
  }
}

function durationOf(text: string): Duration | undefined {
  try {
    const nanoseconds = parseGoDuration(text)
    return new Duration(nanoseconds / 1_000_000_000n, Number(nanoseconds % 1_000_000_000n))
  } catch (error) {
    if (error instanceof InvalidDurationError) return undefined
    throw error
  }
}

/** From CEL back to JSON. */
export function fromCel(value: unknown): unknown {
  if (typeof value === 'bigint') return exactInteger(value)
  if (Array.isArray(value)) return value.map(fromCel)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [String(key), fromCel(each)]))
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isMap(value) && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromCel(each)]))
  return typeof value === 'object' && value !== null ? String(value) : value
}

const keywords: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

export function isKeyword(name: string): boolean {
  return keywords.has(name)
}

/** Names that CEL cannot write are written otherwise. */
export function escapeName(name: string): string {
  if (keywords.has(name)) return `__${name}__`
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes('__')) return name
  return name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__')
}

export function unescapeName(name: string): string {
  const keyword = /^__(.+)__$/.exec(name)
  if (keyword && keywords.has(keyword[1]!)) return keyword[1]!
  return name.replaceAll(/__(underscores|dot|dash|slash)__/g, (_, word: string) => ({ underscores: '__', dot: '.', dash: '-', slash: '/' })[word]!)
}
