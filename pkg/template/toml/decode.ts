/**
 * TOML into the values that templates see: integers are int64, dates are times. What is taken and refused, and in which words,
 * is BurntSushi/toml's 1.6, which Helm reads it with: TOML 1.1 and some that the standard would not take.
 */
import type { Value } from '../types.ts'
import { type Dictionary, dictionary, isDictionary } from '../values.ts'
import { isBare, isBlank, isDigit, isLineEnd, Reader, shown } from './reader.ts'
import { readNumber, readText } from './scalars.ts'
import { quote } from '../print/quote.ts'

type Key = readonly string[]

/** Deeper than this nobody nests, and the stack ends. */
const maxDepth = 500
const plainKey = /^[A-Za-z0-9_-]+$/
const keyText = (key: Key): string => key.map((part) => (plainKey.test(part) ? part : `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)).join('.')

class Decoder {
  readonly #reader: Reader
  readonly root: Dictionary = dictionary()
  /** The table at work, and the key in it. */
  #context: Key = []
  #current = ''
  /** Where the key at work stands, for what is wrong with it. */
  #line = 1
  /** Tables that were only implied so far: they may be defined yet. */
  readonly #implied = new Set<string>()
  readonly #arrays = new Set<string>()
  readonly #tableLists = new WeakSet<object>()

  constructor(text: string) {
    this.#reader = new Reader(text)
    this.#reader.lastKey = () => {
      if (this.#current === '') return keyText(this.#context)
      return this.#context.length === 0 ? this.#current : `${keyText(this.#context)}.${this.#current}`
    }
  }

  document(): Value {
    const reader = this.#reader
    for (;;) {
      reader.skip((character) => isBlank(character) || isLineEnd(character))
      const character = reader.peek()
      if (character === '') return this.root
      if (character === '#') this.#comment()
      else {
        if (character === '[') this.#header()
        else {
          const outer = this.#context
          this.#pair(0)
          this.#context = outer
          this.#current = ''
        }
        this.#endOfLine()
      }
    }
  }

  #comment(): void {
    this.#reader.skip((character) => !isLineEnd(character))
  }

  #endOfLine(): void {
    const reader = this.#reader
    reader.skip(isBlank)
    const character = reader.next()
    if (character === '#') this.#comment()
    else if (character !== '' && !isLineEnd(character))
      reader.fail(`expected a top-level item to end with a newline, comment, or EOF, but got ${shown(character)} instead`)
  }

  /** [a.b] or [[a.b]]. */
  #header(): void {
    const reader = this.#reader
    reader.next()
    const isList = reader.accept('[')
    const key: string[] = []
    for (;;) {
      reader.skip(isBlank)
      const character = reader.peek()
      if (character === ']' || character === '') reader.fail('unexpected end of table name (table names cannot be empty)')
      if (character === '.') reader.fail('unexpected table separator (table names cannot be empty)')
      if (key.length === 0) this.#line = reader.line
      key.push(this.#name())
      reader.skip(isBlank)
      const end = reader.next()
      if (end === ']') break
      if (end !== '.') reader.fail(`expected '.' or ']' to end table name, but got ${shown(end)} instead`)
    }
    if (isList) {
      const end = reader.next()
      if (end !== ']') reader.fail(`expected end of table array name delimiter ']', but got ${shown(end)} instead`)
    }
    this.#enter(key, isList)
  }

  #name(): string {
    const reader = this.#reader
    if (reader.peek() === '"' || reader.peek() === "'") return readText(reader)
    const start = reader.at
    reader.skip(isBare)
    return reader.since(start)
  }

  /** key = value; leaves the parts of the key before the last as the context. */
  #pair(depth: number): { key: Key; value: Value } {
    const reader = this.#reader
    reader.skip(isBlank)
    const first = reader.peek()
    if (first === '=' || first === '') reader.fail("unexpected '=': key name appears blank")
    if (first === '.') reader.fail("unexpected '.': keys cannot start with a '.'")
    const key: string[] = []
    this.#line = reader.line
    for (;;) {
      reader.skip(isBlank)
      if (key.length > 0 && reader.peek() === '.') reader.fail("unexpected '.'")
      if (key.length > 0 && (reader.peek() === '=' || reader.peek() === '')) reader.fail("unexpected '='")
      key.push(this.#name())
      reader.skip(isBlank)
      const end = reader.next()
      if (end === '=') break
      if (end === '') reader.fail("unexpected EOF; expected key separator '='")
      if (end === '\n') reader.failBefore(`expected '.' or '=', but got ${shown(end)} instead`)
      if (end !== '.') reader.fail(`expected '.' or '=', but got ${shown(end)} instead`)
    }
    this.#current = key.at(-1)!
    for (const part of key.slice(0, -1)) {
      const implied = [...this.#context, part]
      this.#implied.add(keyText(implied))
      this.#enter(implied, false)
    }
    const value = this.#value(depth)
    this.#set(this.#current, value)
    return { key, value }
  }

  #value(depth: number): Value {
    const reader = this.#reader
    if (depth > maxDepth) reader.fail('values are nested too deeply')
    reader.skip(isBlank)
    const character = reader.peek()
    if (isDigit(character) || character === '-' || character === '+') return readNumber(reader)
    if (character === '"' || character === "'") return readText(reader)
    if (character === '[') return this.#array(depth)
    if (character === '{') return this.#inlineTable(depth, false)
    if (character === '.') {
      reader.next()
      reader.fail("floats must start with a digit, not '.'")
    }
    if (reader.accept('inf')) return Number.POSITIVE_INFINITY
    if (reader.accept('nan')) return Number.NaN
    if (/^\p{L}$/u.test(character)) return this.#word()
    reader.next()
    if (character === '') reader.fail('unexpected EOF; expected value')
    if (character === '\n') reader.failBefore(`expected value but found ${shown(character)} instead`)
    return reader.fail(`expected value but found ${shown(character)} instead`)
  }

  #word(): boolean {
    const reader = this.#reader
    const start = reader.at
    reader.skip((each) => /^\p{L}$/u.test(each))
    const word = reader.since(start)
    if (word !== 'true' && word !== 'false') reader.fail(`expected value but found ${quote(word)} instead`)
    return word === 'true'
  }

  /** White space, ends of lines and comments. */
  #gap(): void {
    const reader = this.#reader
    for (;;) {
      reader.skip((character) => isBlank(character) || isLineEnd(character))
      if (reader.peek() !== '#') return
      this.#comment()
    }
  }

  #array(depth: number): Value {
    const reader = this.#reader
    reader.next()
    this.#arrays.add(keyText(this.#current === '' ? this.#context : [...this.#context, this.#current]))
    const items: Value[] = []
    for (;;) {
      this.#gap()
      if (reader.accept(']')) return items
      if (reader.peek() === ',') {
        reader.next()
        reader.fail('unexpected comma')
      }
      items.push(reader.peek() === '{' ? this.#inlineTable(depth + 1, true) : this.#value(depth + 1))
      this.#gap()
      const end = reader.next()
      if (end === ']') return items
      if (end !== ',') reader.fail(`expected a comma (',') or array terminator (']'), but got ${end === '' ? 'end of file' : `'${end}'`}`)
    }
  }

  /** Its pairs stand in the document at once; in an array it is a value of its own as well. */
  #inlineTable(depth: number, isInArray: boolean): Value {
    const reader = this.#reader
    const [outer, outerCurrent] = [this.#context, this.#current]
    reader.next()
    this.#context = [...outer, outerCurrent]
    this.#current = ''
    this.#implied.add(keyText(this.#context))
    this.#enter(this.#context, isInArray)
    const within = this.#context
    const own = dictionary()
    for (;;) {
      this.#gap()
      if (reader.accept('}')) break
      if (reader.peek() === ',') {
        reader.next()
        reader.fail('unexpected comma')
      }
      const { key, value } = this.#pair(depth + 1)
      let table = own
      for (const part of key.slice(0, -1)) {
        if (!Object.hasOwn(table, part)) table[part] = dictionary()
        const next = table[part]
        if (!isDictionary(next)) return reader.fail(`${quote(keyText(this.#context))} is not a table`, this.#line)
        table = next
      }
      table[key.at(-1)!] = value
      this.#context = within
      this.#gap()
      const end = reader.next()
      if (end === '}') break
      if (end !== ',') reader.fail(`expected a comma or an inline table terminator '}', but got ${end === '' ? 'end of file' : `'${end}'`} instead`)
    }
    this.#context = outer
    this.#current = outerCurrent
    return own
  }

  #already(key: Key, what: string): never {
    return this.#reader.fail(`Key '${keyText(key)}' ${what}`, this.#line)
  }

  /** The last of a list of tables stands for the list. */
  #tableAt(value: Value): Dictionary | undefined {
    if (Array.isArray(value)) return this.#tableLists.has(value) ? (value.at(-1) as Dictionary) : undefined
    return isDictionary(value) ? value : undefined
  }

  /** Makes a table, and those above it, the context. */
  #enter(key: Key, isList: boolean): void {
    let table = this.root
    const parents = key.slice(0, -1)
    for (const [at, part] of parents.entries()) {
      const path = parents.slice(0, at + 1)
      if (!Object.hasOwn(table, part)) {
        this.#implied.add(keyText(path))
        table[part] = dictionary()
      }
      table = this.#tableAt(table[part]) ?? this.#already(path, 'was already created as a hash.')
    }
    const last = key.at(-1)!
    this.#context = parents
    if (isList) {
      if (!Object.hasOwn(table, last)) {
        const list: Value[] = []
        this.#tableLists.add(list)
        table[last] = list
      }
      const list = table[last]
      if (Array.isArray(list) && this.#tableLists.has(list)) list.push(dictionary())
      else this.#already(key, 'was already created and cannot be used as an array.')
    } else this.#set(last, dictionary())
    this.#context = [...this.#context, last]
  }

  /** What was only implied may be defined; anything else only once. */
  #set(name: string, value: Value): void {
    let table = this.root
    for (const [at, part] of this.#context.entries()) {
      const path = this.#context.slice(0, at + 1)
      table = this.#tableAt(table[part]) ?? this.#already(path, 'has already been defined.')
    }
    const path = [...this.#context, name]
    const text = keyText(path)
    if (!Object.hasOwn(table, name)) table[name] = value
    else if (!this.#implied.delete(text)) this.#already(path, 'has already been defined.')
    else if (this.#arrays.has(text)) table[name] = value
  }
}

/** Throws when it is no TOML. */
export const decodeToml = (text: string): Value => new Decoder(text.replace(/^\ufeff/, '')).document()
