/**
 * YAML as Go's libraries write it, byte for byte: go.yaml.in/yaml/v2 (which sigs.k8s.io/yaml and so toYaml use) and, where
 * `pretty`, v3 with two spaces (toYamlPretty).
 */
import { formatFloat } from '../print/float.ts'
import { isBinary, textToBytes } from '../print/quote.ts'
import { GoObject, type Value } from '../types.ts'
import { asBigInt, dictionary, isDictionary, isFunction, isNilCollection } from '../values.ts'
import { compareKeys } from './key-order.ts'
import { isPlainString } from './resolve.ts'

export interface YamlStyle {
  /** Lists within maps are indented, and long lines are left alone. */
  readonly pretty?: boolean
}

const bestWidth = 80
const maxDepth = 10_000

/** The text of one document, which ends with a newline. Throws for what YAML cannot hold. */
export function encodeYaml(value: Value, style: YamlStyle = {}): string {
  const writer = new Writer(style.pretty ?? false)
  writer.root(value)
  return writer.text
}

type Scalar = { readonly text: string; readonly isString: boolean }

/** Numbers as they come out of JSON and are read again by YAML's rules. */
function numberText(value: number, pretty: boolean): string {
  if (!Number.isFinite(value) && !pretty) throw new Error(`json: unsupported value: ${formatFloat(value, 'g', -1)}`)
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  if (!pretty && Object.is(value, -0)) return '0'
  if (!pretty && Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63)) return String(value)
  return formatFloat(value, 'g', -1)
}

class Writer {
  text = ''
  readonly #pretty: boolean

  constructor(pretty: boolean) {
    this.#pretty = pretty
  }

  get #column(): number {
    return this.text.length - this.text.lastIndexOf('\n') - 1
  }

  #line(indent: number): void {
    if (this.text !== '' && !this.text.endsWith('\n')) this.text += '\n'
    this.text += ' '.repeat(indent)
  }

  root(value: Value): void {
    const plain = simple(value, this.#pretty)
    const scalar = this.#scalarOf(plain)
    if (scalar) this.#scalar(scalar, 2)
    else if (!this.#empty(plain)) {
      if (Array.isArray(plain)) this.#list(plain, 0, false, 0)
      else this.#map(plain as Record<string, Value>, 0, false, 0)
    }
    if (!this.text.endsWith('\n')) this.text += '\n'
  }

  #scalarOf(value: Value): Scalar | undefined {
    if (value === null || value === undefined) return { text: 'null', isString: false }
    switch (typeof value) {
      case 'string':
        return { text: value, isString: true }
      case 'boolean':
        return { text: String(value), isString: false }
      case 'number':
        return { text: numberText(value, this.#pretty), isString: false }
    }
    const integer = asBigInt(value)
    return integer === undefined ? undefined : { text: integer.toString(), isString: false }
  }

  #empty(value: Value): boolean {
    if (Array.isArray(value) && value.length === 0) {
      this.text += '[]'
      return true
    }
    if (isDictionary(value) && Object.keys(value).length === 0) {
      this.text += '{}'
      return true
    }
    return false
  }

  #map(map: Record<string, Value>, indent: number, inline: boolean, depth: number): void {
    if (depth > maxDepth) throw new Error('value is nested too deeply')
    let first = true
    for (const key of Object.keys(map).sort(compareKeys)) {
      if (!first || !inline) this.#line(indent)
      first = false
      if (Buffer.byteLength(key) > 128 || key.includes('\n')) {
        this.text += '? '
        this.#scalar({ text: key, isString: true }, indent + 2)
        this.#line(indent)
      } else this.#scalar({ text: key, isString: true }, indent + 2, true)
      this.text += ':'
      this.#value(map[key], indent, depth)
    }
  }

  #value(given: Value, indent: number, depth: number): undefined {
    const value = simple(given, this.#pretty)
    const scalar = this.#scalarOf(value)
    if (scalar) {
      this.text += ' '
      return this.#scalar(scalar, indent + 2)
    }
    const before = this.text
    this.text += ' '
    if (this.#empty(value)) return undefined
    this.text = before
    if (Array.isArray(value)) this.#list(value, this.#pretty ? indent + 2 : indent, false, depth + 1)
    else this.#map(value as Record<string, Value>, indent + 2, false, depth + 1)
  }

  #list(list: readonly Value[], indent: number, inline: boolean, depth: number): void {
    if (depth > maxDepth) throw new Error('value is nested too deeply')
    let first = true
    for (const given of list) {
      if (!first || !inline) this.#line(indent)
      first = false
      this.text += '- '
      const value = simple(given, this.#pretty)
      const scalar = this.#scalarOf(value)
      if (scalar) this.#scalar(scalar, indent + 2)
      else if (!this.#empty(value)) {
        if (Array.isArray(value)) this.#list(value, indent + 2, true, depth + 1)
        else this.#map(value as Record<string, Value>, indent + 2, true, depth + 1)
      }
    }
  }

  /** `indent`: where the lines of a block or of a folded text go on. */
  #scalar({ text, isString }: Scalar, indent: number, isKey = false): undefined {
    if (!isString) {
      this.text += text
      return
    }
    if (isBinary(text)) {
      this.text += `!!binary ${textToBytes(text).toString('base64')}`
      return
    }
    const about = analyze(text, this.#pretty)
    const plainText = isPlainString(text)
    let style: 'plain' | 'single' | 'double' | 'literal' = text.includes('\n') ? 'literal' : plainText ? 'plain' : 'double'
    if (isKey && about.multiline) style = 'double'
    if (style === 'plain' && !about.plainAllowed) style = 'single'
    if (style === 'single' && !about.singleAllowed) style = 'double'
    if (style === 'literal' && (!about.blockAllowed || isKey)) style = 'double'
    if (style === 'literal') return this.#literal(text, indent)
    const fold = !isKey && !this.#pretty
    if (style === 'plain') this.#folded(text, indent, fold, 0, text.length)
    else if (style === 'single') {
      this.text += "'"
      this.#folded(text.replaceAll("'", "''"), indent, fold, 1, text.length - 1)
      this.text += "'"
    } else this.#double(text, indent, fold)
  }

  /** Breaks a line at a single space beyond the best width. */
  #folded(text: string, indent: number, fold: boolean, from: number, to: number): undefined {
    if (!fold || this.#column + text.length <= bestWidth) {
      this.text += text
      return
    }
    let column = this.#column
    let spaces = false
    let out = ''
    for (let at = 0; at < text.length; ) {
      const c = String.fromCodePoint(text.codePointAt(at)!)
      if (c === ' ' && !spaces && column > bestWidth && at >= from && at < to && text[at + 1] !== ' ') {
        out += `\n${' '.repeat(indent)}`
        column = indent
      } else {
        out += c
        column++
      }
      spaces = c === ' '
      at += c.length
    }
    this.text += out
  }

  #double(text: string, indent: number, fold: boolean): undefined {
    let out = '"'
    let column = this.#column + 1
    let spaces = false
    const put = (piece: string): void => {
      out += piece
      column += piece.length
    }
    const points = [...text]
    points.forEach((c, at) => {
      if (c === ' ' && fold && !spaces && column > bestWidth && at > 0 && at < points.length - 1) {
        out += `\n${' '.repeat(indent)}`
        column = indent
        if (points[at + 1] === ' ') put('\\')
      } else put(c === ' ' ? c : escapeDouble(c))
      spaces = c === ' '
    })
    this.text += `${out}"`
  }

  #literal(text: string, indent: number): undefined {
    let header = '|'
    if (/^[ \n\u0085\u2028\u2029]/.test(text)) header += '2'
    if (!text.endsWith('\n')) header += '-'
    else if (text === '\n' || text.endsWith('\n\n')) header += '+'
    this.text += header
    this.text += '\n'
    this.text += text
      .split('\n')
      .map((line) => (line === '' ? '' : ' '.repeat(indent) + line))
      .join('\n')
  }
}

interface Analysis {
  readonly multiline: boolean
  readonly plainAllowed: boolean
  readonly singleAllowed: boolean
  readonly blockAllowed: boolean
}

const isBreak = (c: string): boolean => c === '\n' || c === '\r' || c === '\u0085' || c === '\u2028' || c === '\u2029'

function isPrintable(c: string): boolean {
  const code = c.codePointAt(0)!
  if (code > 0xffff) return false
  return code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code < 0xd800) || (code >= 0xe000 && code !== 0xfeff && code < 0xfffe)
}

function analyze(text: string, pretty: boolean): Analysis {
  if (text === '') return { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: false }
  const points = [...text]
  let indicators = text.startsWith('---') || text.startsWith('...')
  let breaks = false
  let special = false
  let tabs = false
  let breakSpace = false
  let spaceBreak = false
  let previous: 'space' | 'break' | '' = ''
  points.forEach((c, at) => {
    const next = points[at + 1]
    const blankFollows = next === undefined || next === ' ' || next === '\t'
    if (at === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(c)) indicators = true
      if ('?:-'.includes(c) && (blankFollows || (next !== undefined && isBreak(next) && pretty))) indicators = true
    } else {
      const before = points[at - 1]!
      if (c === ':' && blankFollows) indicators = true
      if (c === '#' && (before === ' ' || before === '\t' || isBreak(before))) indicators = true
    }
    if (c === '\t' && pretty) tabs = true
    else if (!isPrintable(c)) special = true
    if (c === ' ') {
      if (previous === 'break') breakSpace = true
      previous = 'space'
    } else if (isBreak(c)) {
      breaks = true
      if (previous === 'space') spaceBreak = true
      previous = 'break'
    } else previous = ''
  })
  const edge = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/.test(text)
  return {
    multiline: breaks,
    plainAllowed: !(edge || breakSpace || spaceBreak || special || tabs || breaks || indicators),
    singleAllowed: !(breakSpace || spaceBreak || special || tabs),
    blockAllowed: !(text.endsWith(' ') || spaceBreak || special),
  }
}

const doubleEscapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escapeDouble(c: string): string {
  const needed = c === '"' || c === '\\' || isBreak(c) || c === '\ufeff' || !isPrintable(c)
  if (!needed) return c
  if (doubleEscapes[c]) return doubleEscapes[c]
  const code = c.codePointAt(0)!
  const hex = code.toString(16).toUpperCase()
  return code <= 0xff ? `\\x${hex.padStart(2, '0')}` : code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** What JSON makes of it first (v2), or its plain data (v3). */
function simple(value: Value, pretty: boolean): Value {
  if (isNilCollection(value)) return pretty ? value : null
  if (value instanceof Uint8Array) return pretty ? [...value].map(BigInt) : Buffer.from(value).toString('base64')
  if (value instanceof GoObject) {
    const fields = value.jsonFields()
    return fields ? dictionary(fields) : simple(value.json(), pretty)
  }
  if (isFunction(value)) throw new Error('json: unsupported type: func')
  if (typeof value === 'string' && !pretty) return value.toWellFormed()
  return value
}
