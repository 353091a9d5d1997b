/** The characters of a TOML document, their lines, and the errors that BurntSushi/toml tells of them. */
import { quote } from '../print/quote.ts'

const bare = /^[A-Za-z0-9_-]$/
export const isBare = (character: string): boolean => bare.test(character)
export const isBlank = (character: string): boolean => character === ' ' || character === '\t'
export const isLineEnd = (character: string): boolean => character === '\n' || character === '\r'
export const isDigit = (character: string): boolean => character >= '0' && character <= '9' && character.length === 1

/** A character as Go's %q shows it; the end of the document is a zero. */
export const shown = (character: string): string => (character === '' ? "'\\x00'" : quote(character, "'"))

export class Reader {
  readonly #text: string
  #at = 0
  #line = 1
  /** The key at work, for errors. */
  lastKey: () => string = () => ''
  /** Where the text at work began, for errors. */
  textStart = 0

  constructor(text: string) {
    this.#text = text
  }

  get line(): number {
    return this.#line
  }

  get at(): number {
    return this.#at
  }

  /** '' at the end. Throws for what may stand nowhere. */
  peek(): string {
    const point = this.#text.codePointAt(this.#at)
    if (point === undefined) return ''
    const character = String.fromCodePoint(point)
    const isStray = character === '\r' && this.#text[this.#at + 1] !== '\n'
    if ((point < 0x20 && !'\t\r\n'.includes(character)) || point === 0x7f || isStray)
      this.fail(`TOML files cannot contain control characters: '0x${point.toString(16).padStart(2, '0')}'`)
    return character
  }

  next(): string {
    const character = this.peek()
    this.#at += character.length
    if (character === '\n') this.#line++
    return character
  }

  /** Takes the text if it comes next. */
  accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  skip(matches: (character: string) => boolean): void {
    for (let character = this.peek(); character !== '' && matches(character); character = this.peek()) this.next()
  }

  since(start: number): string {
    return this.#text.slice(start, this.#at)
  }

  fail(message: string, line = this.#lineOfError()): never {
    const key = this.lastKey()
    throw new Error(`toml: line ${line}${key === '' ? '' : ` (last key ${quote(key)})`}: ${message}`)
  }

  /** What ends a line is told of on that line. */
  failBefore(message: string): never {
    return this.fail(message, this.#line - 1)
  }

  /** The end of the document is told of on the last line that has something. */
  #lineOfError(): number {
    return this.#at >= this.#text.length && this.#text.endsWith('\n') ? this.#line - 1 : this.#line
  }
}
