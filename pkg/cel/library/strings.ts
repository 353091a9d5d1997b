/** cel-go's strings extension, as far as the language itself does not have it. */
import type { Environment } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

export function registerStrings(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => charAt([...text], Number(at)), sync)
    .registerFunction('string.k8sSubstring(int): string', (text: string, start: bigint) => substring([...text], Number(start)), sync)
    .registerFunction('string.k8sSubstring(int, int): string', substringBetween, sync)
    .registerFunction('string.k8sIndexOf(string): int', (text: string, part: string) => indexOf(text, part, 0n), sync)
    .registerFunction('string.k8sIndexOf(string, int): int', indexOf, sync)
    .registerFunction(
      'string.k8sLastIndexOf(string): int',
      (text: string, part: string) => lastIndexOf(text, part, BigInt(length(text) - (part === '' ? 0 : 1))),
      sync,
    )
    .registerFunction('string.k8sLastIndexOf(string, int): int', lastIndexOf, sync)
    .registerFunction('string.k8sLowerAscii(): string', (text: string) => text.replaceAll(/[A-Z]+/g, (each) => each.toLowerCase()), sync)
    .registerFunction('string.k8sUpperAscii(): string', (text: string) => text.replaceAll(/[a-z]+/g, (each) => each.toUpperCase()), sync)
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, () => to), sync)
    .registerFunction('string.replace(string, string, int): string', replaceSome, sync)
    .registerType('kubernetes.Strings', { ctor: Strings, fields: {} } as never)
    .registerConstant('strings', 'kubernetes.Strings', new Strings())
    .registerFunction('kubernetes.Strings.quote(string): string', (_: unknown, text: string) => quote(text), sync)
    .registerFunction('string(google.protobuf.Duration): string', (duration: { getSeconds(): bigint }) => String(duration), sync)
    .registerFunction('string.format(list): string', (text: string, values: readonly unknown[]) => format(text, values), sync)
}

class Strings {}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** What is no character of Unicode becomes the mark for that. */
function quote(text: string): string {
  return `"${text.toWellFormed().replace(/["\\]|\p{Cc}/gu, (each) => escapes[each] ?? each)}"`
}

function charAt(characters: readonly string[], at: number): string {
  if (at < 0 || at > characters.length) throw new CelError(`index out of range: ${at}`)
  return characters[at] ?? ''
}

function substring(characters: readonly string[], start: number, end = characters.length): string {
  for (const at of [start, end]) if (at < 0 || at > characters.length) throw new CelError(`index out of range: ${at}`)
  return characters.slice(start, end).join('')
}

function substringBetween(text: string, start: bigint, end: bigint): string {
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`)
  return substring([...text], Number(start), Number(end))
}

const length = (text: string): number => [...text].length
/** Where a part was found by halves of characters, by whole ones. */
const found = (text: string, at: number): bigint => BigInt(at < 0 ? at : length(text.slice(0, at)))

function indexOf(text: string, part: string, from: bigint): bigint {
  if (part === '') return from
  const before = beforeOf(text, from)
  return before === undefined ? -1n : found(text, text.indexOf(part, before.length))
}

function lastIndexOf(text: string, part: string, from: bigint): bigint {
  if (part === '') return from
  if (text === '') return -1n
  const before = beforeOf(text, from)
  return before === undefined ? -1n : found(text, text.lastIndexOf(part, before.length))
}

/** The text before a character; undefined: it has none there. */
function beforeOf(text: string, at: bigint): string | undefined {
  if (at < 0n) throw new CelError(`index out of range: ${at}`)
  const characters = [...text]
  return at >= characters.length ? undefined : characters.slice(0, Number(at)).join('')
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to)
  let left = limit
  return text.replaceAll(from, (found) => (left-- > 0n ? to : found))
}

const clauses = /%(?:(%)|(?:\.(\d+))?([a-zA-Z]))/g

function format(text: string, values: readonly unknown[]): string {
  let next = 0
  return text.replaceAll(clauses, (_, percent: string | undefined, precision: string | undefined, verb: string | undefined) => {
    if (percent) return '%'
    if (next >= values.length) throw new CelError(`index ${next} out of range`)
    return write(verb!, precision === undefined ? 6 : Number(precision), values[next++])
  })
}

/** What can be told of a text before its values are known: cel-go tells it when the expression is compiled. */
export function problemOfFormat(text: string, values: number): string | undefined {
  let next = 0
  for (const [, percent, , verb] of text.matchAll(clauses)) {
    if (percent) continue
    if (next >= values) return `index ${next} out of range`
    if (!clauseWords[verb!.toLowerCase()] || (verb !== 'X' && verb !== verb!.toLowerCase())) return unknownClause(verb!)
    next++
  }
  return undefined
}

const unknownClause = (verb: string): string => `could not parse formatting clause: unrecognized formatting clause "${verb}"`

/** What cel-go says of a value that a clause is not for. */
const clauseWords: Readonly<Record<string, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  o: 'octal clause can only be used on integers',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
}

function write(verb: string, precision: number, value: unknown): string {
  const number = typeof value === 'bigint' || typeof value === 'number'
  switch (verb) {
    case 's':
      return textOf(value)
    case 'd':
      if (number) return String(value)
      break
    case 'f':
      if (number) return Number(value).toFixed(precision)
      break
    case 'e':
      if (number) return scientific(Number(value), precision)
      break
    case 'b':
      if (typeof value === 'bigint') return value.toString(2)
      if (typeof value === 'boolean') return value ? '1' : '0'
      break
    case 'o':
      if (typeof value === 'bigint') return value.toString(8)
      break
    case 'x':
    case 'X': {
      const hex = typeof value === 'bigint' ? value.toString(16) : typeof value === 'string' ? Buffer.from(value).toString('hex') : undefined
      if (hex !== undefined) return verb === 'X' ? hex.toUpperCase() : hex
    }
  }
  const words = clauseWords[verb.toLowerCase()]
  throw new CelError(words ? `error during formatting: ${words}, was given ${typeName(value)}` : unknownClause(verb))
}

const typeNames: Readonly<Record<string, string>> = { bigint: 'int', number: 'double', string: 'string', boolean: 'bool' }

function typeName(value: unknown): string {
  if (value === null) return 'null_type'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Date) return 'google.protobuf.Timestamp'
  if (value instanceof Uint8Array) return 'bytes'
  return typeNames[typeof value] ?? 'map'
}

/** As Go's message printer writes it: 3.140000×10⁰⁰. */
function scientific(value: number, precision: number): string {
  const [mantissa, exponent] = value.toExponential(precision).split('e') as [string, string]
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0')
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${[...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`
}

function textOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z')
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, each]) => `${key}: ${textOf(each)}`).join(', ')}}`
  }
  return String(value)
}
