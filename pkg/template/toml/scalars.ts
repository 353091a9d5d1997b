/** Numbers, dates and texts of TOML. */
import { parseFloatText } from '../parse/numbers.ts'
import { quote } from '../print/quote.ts'
import { parseMoment } from '../time/layout.ts'
import { TimeObject } from '../time/time-object.ts'
import { localZone } from '../time/zone.ts'
import type { Value } from '../types.ts'
import { int64 } from '../values.ts'
import { isDigit, type Reader, shown } from './reader.ts'

const maxInteger = 2n ** 63n - 1n
const bases = { b: ['a binary', /^[01]$/], o: ['an octal', /^[0-7]$/], x: ['a hexadecimal', /^[0-9a-fA-F]$/] } as const

const underscoresFit = (text: string): boolean => !/^_|__|_$|[^0-9a-fA-F]_|_[^0-9a-fA-F]/.test(text)
const hasLeadingZero = (text: string): boolean => /^(?:0[^box]|[-+]0.)/.test(text)

/** One that begins with a digit, or with a sign. */
export function readNumber(reader: Reader): Value {
  const start = reader.at
  const first = reader.next()
  if (first === '0' && /^[box]$/.test(reader.peek())) return based(reader, start)
  if (first === '-' || first === '+') {
    const special = signed(reader, start)
    if (special !== undefined) return special
  }
  reader.skip(isDigit)
  if (isDigit(first) && (reader.peek() === '-' || reader.peek() === ':')) return date(reader, start)
  reader.skip((character) => isDigit(character) || character === '_')
  if (/^[.eE]$/.test(reader.peek())) {
    reader.skip((character) => /^[0-9_.+eE-]$/.test(character))
    return float(reader, reader.since(start))
  }
  return integer(reader, reader.since(start))
}

function based(reader: Reader, start: number): Value {
  const [name, digits] = bases[reader.next() as keyof typeof bases]
  if (!digits.test(reader.peek())) reader.fail(`not ${name} number: '${reader.since(start)}${reader.peek() || '\0'}'`)
  reader.skip((character) => character === '_' || digits.test(character))
  return integer(reader, reader.since(start))
}

/** What follows a sign and is no decimal number. */
function signed(reader: Reader, start: number): Value {
  const sign = reader.since(start)
  const next = reader.next()
  for (const word of ['inf', 'nan']) {
    if (next !== word[0]) continue
    if (!reader.accept(word.slice(1))) reader.fail(`invalid float: '${reader.since(start)}'`)
    return word === 'nan' ? Number.NaN : sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  if (next === '0' && /^[box]$/.test(reader.peek())) reader.fail(`cannot use sign with non-decimal numbers: '${reader.since(start)}${reader.peek()}'`)
  if (next === '.') reader.fail("floats must start with a digit, not '.'")
  if (!isDigit(next)) reader.fail(`expected a digit but got ${shown(next)}`)
  return undefined
}

function integer(reader: Reader, text: string): Value {
  if (!underscoresFit(text.replace(/^[-+]|^0[box]/, ''))) reader.fail(`Invalid integer ${quote(text)}: underscores must be surrounded by digits`)
  if (hasLeadingZero(text)) reader.fail(`Invalid integer ${quote(text)}: cannot have leading zeroes`)
  const isNegative = text.startsWith('-')
  const size = BigInt(text.replace(/^[-+]/, '').replaceAll('_', ''))
  const value = isNegative ? -size : size
  if (value > maxInteger || value < -maxInteger - 1n) reader.fail(`${text} is out of range for int64`)
  return int64(value)
}

function float(reader: Reader, text: string): Value {
  const parts = text.split(/[.eE]/).filter((part) => part !== '')
  const invalid = (why: string): never => reader.fail(`Invalid float ${quote(text)}: ${why}`)
  if (parts.some((part) => !underscoresFit(part.replace(/^[-+]/, '')))) invalid('underscores must be surrounded by digits')
  if (hasLeadingZero(parts[0] ?? '')) invalid('cannot have leading zeroes')
  if (/\.(?:[^0-9]|$)/.test(text)) invalid("'.' must be followed by one or more digits")
  const value = parseFloatText(text.replaceAll('_', ''))
  if (value === undefined) return reader.fail(`Invalid float value: ${quote(text)}`)
  if (!Number.isFinite(value)) reader.fail(`${text} is out of range for float64`)
  return value
}

/** Zones of what has none; with them a date is written again as it was read. */
export const localZones = { 'date-local': '2006-01-02', 'datetime-local': '2006-01-02T15:04:05.999999999', 'time-local': '15:04:05.999999999' } as const

const dateForms: readonly (readonly [RegExp, string, string | undefined])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/, '2006-01-02T15:04:05.999999999Z07:00', undefined],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/, '2006-01-02T15:04:05.999999999', 'datetime-local'],
  [/^\d{4}-\d\d-\d\d$/, '2006-01-02', 'date-local'],
  [/^\d\d:\d\d:\d\d(?:\.\d+)?$/, '15:04:05.999999999', 'time-local'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d(?:Z|[-+]\d\d:\d\d)$/, '2006-01-02T15:04Z07:00', undefined],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, '2006-01-02T15:04', 'datetime-local'],
  [/^\d\d:\d\d$/, '15:04', 'time-local'],
]

function date(reader: Reader, start: number): Value {
  reader.skip((character) => /^[0-9:TtZz .+-]$/.test(character))
  const text = reader.since(start).trim().replaceAll('z', 'Z').replaceAll(/[t ]/g, 'T')
  const form = dateForms.find(([shape]) => shape.test(text))
  if (form) {
    try {
      return new TimeObject(parseMoment(form[1], text, form[2] ?? localZone()))
    } catch {
      // Told of below.
    }
  }
  return reader.fail(`invalid datetime: ${quote(text)}`)
}

/** The opening mark is the next character. */
export function readText(reader: Reader): string {
  const mark = reader.peek()
  const triple = mark.repeat(3)
  const isBasic = mark === '"'
  if (reader.accept(triple)) return manyLines(reader, triple, isBasic)
  reader.next()
  reader.textStart = reader.at
  let out = ''
  for (;;) {
    const character = reader.next()
    if (character === '') reader.fail(`unexpected EOF; expected ${isBasic ? `'"'` : `"'"`}`)
    if (isLineBreak(character)) reader.failBefore('strings cannot contain newlines')
    if (character === mark) return out
    out += character === '\\' && isBasic ? escaped(reader) : character
  }
}

const isLineBreak = (character: string): boolean => character === '\n' || character === '\r'

function manyLines(reader: Reader, triple: string, isBasic: boolean): string {
  reader.textStart = reader.at
  if (!reader.accept('\r\n') && reader.peek() === '\n') reader.next()
  let out = ''
  for (;;) {
    if (reader.startsWith(triple)) {
      reader.accept(triple)
      // Up to two marks may stand before the closing three.
      for (let more = 0; reader.startsWith(triple[0]!); more++) {
        if (more === 2) reader.fail(isBasic ? `unexpected '""""""'` : `unexpected "''''''"`)
        reader.accept(triple[0]!)
        out += triple[0]
      }
      return out
    }
    const character = reader.next()
    if (character === '') reader.fail(`unexpected EOF; expected ${isBasic ? `'"""'` : `"'''"`}`)
    if (character !== '\\' || !isBasic) out += character
    else if (/^[ \t\r\n]$/.test(reader.peek())) skipLineEnd(reader)
    else out += escaped(reader)
  }
}

/** A backslash at the end of a line takes all white space after it. */
function skipLineEnd(reader: Reader): void {
  const line = reader.line
  const first = reader.peek()
  reader.skip((character) => /^[ \t\r\n]$/.test(character))
  if (reader.line === line) reader.fail(`invalid escape: '\\${first}'`)
}

const escapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\x1b', '"': '"', '\\': '\\' }
const lengths: Readonly<Record<string, readonly [number, string]>> = { x: [2, 'two'], u: [4, 'four'], U: [8, 'eight'] }

function escaped(reader: Reader): string {
  const letter = reader.next()
  const plain = escapes[letter]
  if (plain !== undefined) return plain
  if (letter === ' ' || letter === '\t') reader.fail(`invalid escape: '\\${letter}'`)
  const [count, word] = lengths[letter] ?? reader.fail(`invalid escape in string '\\${letter || '\0'}'`)
  const start = reader.at
  for (let read = 0; read < count; read++)
    if (!/^[0-9a-fA-F]$/.test(reader.next()))
      reader.fail(`expected ${word} hexadecimal digits after '\\${letter}', but got ${quote(reader.since(reader.textStart))} instead`)
  const digits = reader.since(start)
  const point = Number.parseInt(digits, 16)
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) reader.fail(`Escaped character '\\u${digits}' is not valid UTF-8.`)
  return String.fromCodePoint(point)
}
