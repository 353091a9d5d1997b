/** Sprig's functions of text. */
import { randomInt } from 'node:crypto'
import { goFunction } from '../exec/signature.ts'
import { printValue } from '../print/print.ts'
import { bytesToText, isBinary, quote, textToBytes } from '../print/quote.ts'
import type { GoFunction, Value } from '../types.ts'
import { dictionary, ofType } from '../values.ts'
import { decodeBase32, decodeBase64, encodeBase32 } from './base-encodings.ts'
import { toLowerCaseWords, toPascalCase } from './case.ts'
import { stringsOf, strval } from './convert.ts'

const space = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const leading = new RegExp(`^[${space}]+`)
const trailing = new RegExp(`[${space}]+$`)
/** strings.TrimSpace. */
export const trimSpace = (text: string): string => text.replace(leading, '').replace(trailing, '')

/** Go slices strings by bytes. */
function cut(text: string, from: number, to?: number): string {
  const bytes = textToBytes(text)
  const end = to ?? bytes.length
  if (end > bytes.length) throw new Error(`runtime error: slice bounds out of range [:${end}] with length ${bytes.length}`)
  if (end < 0) throw new Error(`runtime error: slice bounds out of range [:${end}]`)
  if (from > end) throw new Error(`runtime error: slice bounds out of range [${from}:${end}]`)
  return bytes.length === text.length ? text.slice(from, end) : bytesToText(bytes.subarray(from, end))
}

function trunc(count: bigint, text: string): string {
  const length = isBinary(text) ? textToBytes(text).length : Buffer.byteLength(text)
  const n = Number(count)
  if (n < 0 && length + n > 0) return cut(text, length + n)
  return n >= 0 && length > n ? cut(text, 0, n) : text
}

function substr(start: bigint, end: bigint, text: string): string {
  const length = textToBytes(text).length
  if (start < 0n) return cut(text, 0, Number(end))
  if (end < 0n || Number(end) > length) {
    if (Number(start) > length) throw new Error(`runtime error: slice bounds out of range [${start}:${length}]`)
    return cut(text, Number(start))
  }
  return cut(text, Number(start), Number(end))
}

function trimSet(text: string, set: string, left: boolean, right: boolean): string {
  const chars = new Set(set)
  const points = [...text]
  let from = 0
  let to = points.length
  if (left) while (from < to && chars.has(points[from]!)) from++
  if (right) while (to > from && chars.has(points[to - 1]!)) to--
  return points.slice(from, to).join('')
}

function abbreviate(text: string, offset: number, width: number): string {
  if (text === '') return ''
  if (width < 4) return ''
  if (text.length <= width) return text
  let start = Math.min(offset, text.length)
  if (text.length - start < width - 3) start = text.length - (width - 3)
  if (start <= 4) return `${text.slice(0, width - 3)}...`
  if (width < 7) return ''
  if (start + width - 3 < text.length) return `...${abbreviate(text.slice(start), 0, width - 3)}`
  return `...${text.slice(text.length - (width - 3))}`
}

function wrap(text: string, width: number, newLine: string, wrapLong: boolean): string {
  if (text === '') return ''
  const length = Math.max(width, 1)
  let out = ''
  let offset = 0
  while (text.length - offset > length) {
    if (text[offset] === ' ') {
      offset++
      continue
    }
    const space = text.slice(offset, offset + length + 1).lastIndexOf(' ')
    if (space >= 0) {
      out += text.slice(offset, offset + space) + newLine
      offset += space + 1
    } else if (wrapLong) {
      out += text.slice(offset, offset + length) + newLine
      offset += length
    } else {
      const next = text.indexOf(' ', offset + length)
      if (next < 0) {
        out += text.slice(offset)
        offset = text.length
      } else {
        out += text.slice(offset, next) + newLine
        offset = next + 1
      }
    }
  }
  return out + text.slice(offset)
}

const maxRepeat = 64 * 1024 * 1024

function repeat(count: bigint, text: string): string {
  if (count < 0n) throw new Error('strings: negative Repeat count')
  if (count * BigInt(text.length) > BigInt(maxRepeat)) throw new Error('strings: Repeat output length overflow')
  return text.repeat(Number(count))
}

function indent(spaces: bigint, text: string): string {
  const padding = repeat(spaces, ' ')
  return padding + text.replaceAll('\n', `\n${padding}`)
}

function splitMap(parts: readonly string[]): Value {
  return ofType('map[string]string', dictionary(parts.map((part, at) => [`_${at}`, part] as const)))
}

/** strings.Split: an empty separator cuts after each character. */
export const split = (text: string, separator: string): string[] => (separator === '' ? [...text] : text.split(separator))

function splitN(text: string, separator: string, count: number): string[] {
  if (count === 0) return []
  const all = split(text, separator)
  if (count < 0 || all.length <= count) return all
  return [...all.slice(0, count - 1), all.slice(count - 1).join(separator)]
}

function title(text: string): string {
  let out = ''
  let previous = ' '
  for (const c of text) {
    const separator = !/[\p{L}\p{N}_]/u.test(previous) && (previous.charCodeAt(0) < 0x80 || /\s/u.test(previous))
    out += separator ? c.toUpperCase() : c
    previous = c
  }
  return out
}

function uncapitalize(text: string): string {
  return text.replaceAll(/(^|\s)(\S)/gu, (_, before: string, c: string) => before + c.toLowerCase())
}

function swapCase(text: string): string {
  return [...text].map((c) => (/\p{Lu}|\p{Lt}/u.test(c) ? c.toLowerCase() : /\p{Ll}/u.test(c) ? c.toUpperCase() : c)).join('')
}

function initials(text: string): string {
  let out = ''
  let last = true
  for (const c of text) {
    if (/\s/u.test(c)) last = true
    else if (last) {
      out += c
      last = false
    }
  }
  return out
}

function randomText(alphabet: string): (count: bigint) => string {
  return (count) => {
    if (count < 0n || count > BigInt(maxRepeat)) return ''
    let out = ''
    for (let n = 0n; n < count; n++) out += alphabet[randomInt(alphabet.length)]
    return out
  }
}

function shuffle(text: string): string {
  const points = [...text]
  for (let at = points.length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    ;[points[at], points[other]] = [points[other]!, points[at]!]
  }
  return points.join('')
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
const notNil = (values: readonly Value[]): Value[] => values.filter((each) => each !== null && each !== undefined)
const stringList = (list: string[]): string[] => ofType('[]string', list)

export const stringFunctions: Readonly<Record<string, GoFunction>> = {
  hello: goFunction('', () => 'Hello!'),
  abbrev: goFunction('int, string', (width: bigint, text: string) => (width < 4n ? text : abbreviate(text, 0, Number(width)))),
  abbrevboth: goFunction('int, int, string', (left: bigint, right: bigint, text: string) =>
    right < 4n || (left > 0n && right < 7n) ? text : abbreviate(text, Number(left), Number(right)),
  ),
  trunc: goFunction('int, string', trunc),
  trim: goFunction('string', trimSpace),
  upper: goFunction('string', (text: string) => text.toUpperCase()),
  lower: goFunction('string', (text: string) => text.toLowerCase()),
  title: goFunction('string', title),
  untitle: goFunction('string', uncapitalize),
  substr: goFunction('int, int, string', substr),
  repeat: goFunction('int, string', repeat),
  trimall: goFunction('string, string', (set: string, text: string) => trimSet(text, set, true, true)),
  trimAll: goFunction('string, string', (set: string, text: string) => trimSet(text, set, true, true)),
  trimSuffix: goFunction('string, string', (suffix: string, text: string) => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text)),
  trimPrefix: goFunction('string, string', (prefix: string, text: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  nospace: goFunction('string', (text: string) => text.replaceAll(/[\t\n\v\f\r \u0085\u00a0]/g, '')),
  initials: goFunction('string', initials),
  randAlphaNum: goFunction('int', randomText(letters + digits)),
  randAlpha: goFunction('int', randomText(letters)),
  randAscii: goFunction('int', randomText(ascii)),
  randNumeric: goFunction('int', randomText(digits)),
  swapcase: goFunction('string', swapCase),
  shuffle: goFunction('string', shuffle),
  snakecase: goFunction('string', (text: string) => toLowerCaseWords(text, '_')),
  camelcase: goFunction('string', toPascalCase),
  kebabcase: goFunction('string', (text: string) => toLowerCaseWords(text, '-')),
  wrap: goFunction('int, string', (width: bigint, text: string) => wrap(text, Number(width), '\n', false)),
  wrapWith: goFunction('int, string, string', (width: bigint, separator: string, text: string) => wrap(text, Number(width), separator || '\n', true)),
  contains: goFunction('string, string', (part: string, text: string) => text.includes(part)),
  hasPrefix: goFunction('string, string', (part: string, text: string) => text.startsWith(part)),
  hasSuffix: goFunction('string, string', (part: string, text: string) => text.endsWith(part)),
  quote: goFunction('...any', (...values: Value[]) =>
    notNil(values)
      .map((each) => quote(strval(each)))
      .join(' '),
  ),
  squote: goFunction('...any', (...values: Value[]) =>
    notNil(values)
      .map((each) => `'${printValue(each)}'`)
      .join(' '),
  ),
  cat: goFunction('...any', (...values: Value[]) => notNil(values).map(printValue).join(' ')),
  indent: goFunction('int, string', indent),
  nindent: goFunction('int, string', (spaces: bigint, text: string) => `\n${indent(spaces, text)}`),
  replace: goFunction('string, string, string', (from: string, to: string, text: string) =>
    from === '' ? to + [...text].map((c) => c + to).join('') : text.split(from).join(to),
  ),
  plural: goFunction('string, string, int', (one: string, many: string, count: bigint) => (count === 1n ? one : many)),
  toString: goFunction('any', strval),
  atoi: goFunction('string', (text: string) =>
    /^[+-]?[0-9]+$/.test(text) && BigInt.asIntN(64, BigInt(text.replace(/^\+/, ''))) === BigInt(text.replace(/^\+/, '')) ? BigInt(text.replace(/^\+/, '')) : 0n,
  ),
  split: goFunction('string, string', (separator: string, text: string) => splitMap(split(text, separator))),
  splitList: goFunction('string, string', (separator: string, text: string) => stringList(split(text, separator))),
  splitn: goFunction('string, int, string', (separator: string, count: bigint, text: string) => splitMap(splitN(text, separator, Number(count)))),
  toStrings: goFunction('any', (value: Value) => stringList(stringsOf(value))),
  join: goFunction('string, any', (separator: string, value: Value) => stringsOf(value).join(separator)),
  b64enc: goFunction('string', (text: string) => textToBytes(text).toString('base64')),
  b64dec: goFunction('string', decodeBase64),
  b32enc: goFunction('string', encodeBase32),
  b32dec: goFunction('string', decodeBase32),
}
