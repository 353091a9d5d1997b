/** --set and its kin: "a.b[0].c=1,d={x,y}". Helm's pkg/strvals. */
import { parseJson } from '#apimachinery/codec/json-text.ts'
import { quote } from '#template/print/quote.ts'
import { type Dictionary, dictionary, int64, isDictionary } from '#template/values.ts'
import { plainData } from '#template/yaml/decode.ts'

const maxIndex = 65_536
const maxNesting = 30

/** How the text of a value becomes one. */
type Convert = (text: string) => unknown

/** The end of the text, which is no fault where a key could begin. */
class EndOfText extends Error {
  constructor() {
    super('EOF')
  }
}

/** Words become booleans, null and integers; anything else is a string. */
export function typedValue(text: string): unknown {
  const lower = text.toLowerCase()
  if (lower === 'true') return true
  if (lower === 'false') return false
  if (lower === 'null') return null
  if (text === '0') return int64(0n)
  if (/^[+-]?[0-9]+$/.test(text) && !text.startsWith('0')) {
    const value = BigInt(text.replace(/^\+/, ''))
    if (BigInt.asIntN(64, value) === value) return int64(value)
  }
  return text
}

/** Each throws with Helm's messages, and changes `into`. */
export const parseInto = (text: string, into: Dictionary): void => new Parser(text, { convert: typedValue }).parse(into)
export const parseStringInto = (text: string, into: Dictionary): void => new Parser(text, { convert: (value) => value }).parse(into)
export const parseJsonInto = (text: string, into: Dictionary): void => new Parser(text, { isJson: true }).parse(into)
export const parseLiteralInto = (text: string, into: Dictionary): void => new Parser(text, { isLiteral: true }).parse(into)
/** `read` gives the content for the text of a value. */
export const parseFileInto = (text: string, into: Dictionary, read: (path: string) => string): void => new Parser(text, { convert: read }).parse(into)

interface Mode {
  readonly convert?: Convert
  readonly isJson?: boolean
  /** Everything after the first "=" is the value, and nothing is escaped. */
  readonly isLiteral?: boolean
}

class Parser {
  readonly #points: readonly string[]
  #at = 0
  readonly #mode: Mode

  constructor(text: string, mode: Mode) {
    this.#points = [...text]
    this.#mode = mode
  }

  parse(into: Dictionary): void {
    try {
      for (;;) this.#key(into, 0)
    } catch (error) {
      if (!(error instanceof EndOfText)) throw error
    }
  }

  /** The text before one of the stops, and that stop, which is '' at the end. */
  #until(stops: string): { text: string; stop: string } {
    let text = ''
    while (this.#at < this.#points.length) {
      const c = this.#points[this.#at++]!
      if (stops.includes(c)) return { text, stop: c }
      if (c === '\\' && !this.#mode.isLiteral) {
        if (this.#at < this.#points.length) text += this.#points[this.#at++]
      } else text += c
    }
    return { text, stop: '' }
  }

  #key(into: Dictionary, nesting: number): undefined {
    const { text: key, stop } = this.#until(this.#mode.isLiteral ? '=[.' : '=[,.')
    switch (stop) {
      case '':
        if (key === '') throw new EndOfText()
        throw new Error(`key ${quote(key)} has no value`)
      case ',':
        this.#set(into, key, '')
        throw new Error(`key ${quote(key)} has no value (cannot end with ,)`)
      case '[':
        return this.#keyWithIndex(into, key, nesting)
      case '=':
        return this.#readValue((value) => this.#set(into, key, value))
    }
    if (nesting + 1 > maxNesting) throw new Error(`value name nested level is greater than maximum supported nested level of ${maxNesting}`)
    const old = Object.hasOwn(into, key) ? into[key] : undefined
    if (old !== undefined && !isDictionary(old)) {
      throw new Error(`unable to parse key: interface conversion: interface {} is ${old === null ? 'nil' : goType(old)}, not map[string]interface {}`)
    }
    const inner = isDictionary(old) ? old : dictionary()
    let failure: unknown
    try {
      this.#key(inner, nesting + 1)
    } catch (error) {
      failure = error
    }
    if (failure === undefined && Object.keys(inner).length === 0) throw new Error(`key map ${quote(key)} has no value`)
    if (Object.keys(inner).length > 0) this.#set(into, key, inner)
    if (failure !== undefined) throw failure
  }

  #keyWithIndex(into: Dictionary, key: string, nesting: number): undefined {
    const index = this.#index()
    const old = Object.hasOwn(into, key) ? into[key] : undefined
    if (old !== undefined && !Array.isArray(old)) {
      throw new Error(`unable to parse key: interface conversion: interface {} is ${old === null ? 'nil' : goType(old)}, not []interface {}`)
    }
    const list = Array.isArray(old) ? [...old] : []
    try {
      this.#item(list, index, nesting)
    } finally {
      this.#set(into, key, list)
    }
  }

  #set(into: Dictionary, key: string, value: unknown): undefined {
    if (key !== '') into[key] = value
  }

  #index(): number {
    const { text, stop } = this.#until(']')
    if (stop === '') throw new EndOfText()
    if (!/^[+-]?[0-9]+$/.test(text)) throw new Error(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`)
    return Number(text)
  }

  #setItem(list: unknown[], index: number, value: unknown): undefined {
    if (index > maxIndex) throw new Error(`index of ${index} is greater than maximum supported index of ${maxIndex}`)
    while (list.length <= index) list.push(null)
    list[index] = value
  }

  #item(list: unknown[], index: number, nesting: number): undefined {
    if (index < 0) throw new Error(`negative ${index} index not allowed`)
    const { text, stop } = this.#until('[.=')
    if (text !== '') throw new Error(`unexpected data at end of array index: ${quote(text)}`)
    if (stop === '') throw new EndOfText()
    if (stop === '=') return this.#readValue((value) => this.#setItem(list, index, value))
    if (stop === '[') {
      const next = this.#index()
      const old = list[index]
      const inner = Array.isArray(old) ? [...old] : []
      this.#item(inner, next, nesting)
      return this.#setItem(list, index, inner)
    }
    const old = list[index]
    const inner = isDictionary(old) ? old : dictionary()
    this.#key(inner, nesting)
    this.#setItem(list, index, inner)
  }

  #readValue(give: (value: unknown) => undefined): undefined {
    if (this.#mode.isLiteral) {
      give(this.#points.slice(this.#at).join(''))
      this.#at = this.#points.length
      return undefined
    }
    if (this.#mode.isJson) return this.#readJson(give)
    if (this.#at >= this.#points.length) {
      give('')
      throw new EndOfText()
    }
    const convert = this.#mode.convert!
    if (this.#points[this.#at] === '{') {
      this.#at++
      const list: unknown[] = []
      for (;;) {
        const { text, stop } = this.#until(',}')
        if (stop === '') throw new Error("list must terminate with '}'")
        list.push(convert(text))
        if (stop === '}') break
      }
      if (this.#points[this.#at] === ',') this.#at++
      return give(list)
    }
    give(convert(this.#until(',').text))
  }

  #readJson(give: (value: unknown) => undefined): undefined {
    if (this.#skipToValue()) return give(null)
    const rest = this.#points.slice(this.#at).join('')
    const length = jsonLength(rest)
    give(plainData(parseJson(rest.slice(0, length)).value))
    this.#at += [...rest.slice(0, length)].length
    this.#skipToValue()
  }

  /** Past spaces; true at the end or past a comma. */
  #skipToValue(): boolean {
    while (this.#at < this.#points.length) {
      const c = this.#points[this.#at]!
      if (c === ',') {
        this.#at++
        return true
      }
      if (!/\s/.test(c)) return false
      this.#at++
    }
    return true
  }
}

/** Where the first JSON value of the text ends. */
function jsonLength(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!
    if (c === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
      if (depth === 0) return at + 1
    } else if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') {
      depth--
      if (depth <= 0) return depth < 0 ? at : at + 1
    } else if (depth === 0 && (c === ',' || /\s/.test(c))) return at
  }
  return text.length
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  return typeof value === 'boolean'
    ? 'bool'
    : typeof value === 'number'
      ? 'float64'
      : typeof value === 'string'
        ? 'string'
        : isDictionary(value)
          ? 'map[string]interface {}'
          : 'int64'
}
