/**
 * Where a text stops being YAML for go-yaml (libyaml's scanner and parser, YAML 1.1), and in which words it says so. Used only
 * once the YAML library has refused a text, so it makes no values: it follows the tokens to the first fault, or to the end of
 * the first document, after which go-yaml reads no further.
 */

type Kind =
  | '['
  | '{'
  | ']'
  | '}'
  | ','
  | '-'
  | '?'
  | ':'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar'
  | 'sequence'
  | 'mapping'
  | 'end'
  | '---'
  | '...'
  | 'directive'
  | 'stream-end'

interface Mark {
  readonly index: number
  readonly line: number
  readonly column: number
}

interface Token {
  readonly kind: Kind
  readonly mark: Mark
  readonly value?: string
}

/** Where a key may begin that no question mark announces. Of each level of flow there is one, possible or not. */
interface SimpleKey {
  readonly mark: Mark
  /** Of its first token. */
  readonly number: number
  readonly isRequired: boolean
  isPossible: boolean
}

class Fault extends Error {}

export type YamlSyntax = { readonly words: string } | { readonly end: number }

/** What go-yaml says of the first document, or where that ends. */
export function yamlSyntax(text: string): YamlSyntax {
  try {
    return { end: new Reader(text).document() }
  } catch (error) {
    if (error instanceof Fault) return { words: error.message }
    if (error instanceof RangeError) return { words: 'exceeded max depth of 10000' }
    throw error
  }
}

const told = (line: number, words: string): Fault => new Fault(line > 0 ? `line ${line}: ${words}` : words)
/** The scanner tells the line as people count, but none on the first; then that of what it was reading. */
const scanFault = (words: string, at: Mark, context: Mark): Fault => told(at.line > 0 ? at.line + 1 : context.line, words)
/** The parser tells the line before. */
const parseFault = (words: string, at: Mark, context?: Mark): Fault => told(at.line > 0 ? at.line : (context?.line ?? 0), words)

const isBreak = (c: string): boolean => c !== '' && '\r\n\u0085\u2028\u2029'.includes(c)
const isBlank = (c: string): boolean => c === ' ' || c === '\t'
const isBreakOrEnd = (c: string): boolean => c === '' || isBreak(c)
const isBlankOrEnd = (c: string): boolean => isBlank(c) || isBreakOrEnd(c)
const maxKeyLength = 1024
const maxFlowLevel = 10_000

class Scanner {
  readonly #text: string
  #index = 0
  #line = 0
  #column = 0
  readonly #tokens: Token[] = []
  #parsed = 0
  readonly #keys: SimpleKey[] = [{ mark: { index: 0, line: 0, column: 0 }, number: 0, isRequired: false, isPossible: false }]
  /** By number: tokens that may turn out to begin a key, for which the parser has to wait. */
  readonly #awaited = new Map<number, SimpleKey>()
  #mayBeKey = true
  #indent = -1
  readonly #indents: number[] = []
  #isEnded = false

  constructor(text: string) {
    this.#text = text
  }

  get #flowLevel(): number {
    return this.#keys.length - 1
  }

  get #mark(): Mark {
    return { index: this.#index, line: this.#line, column: this.#column }
  }

  #at(offset = 0): string {
    return this.#text[this.#index + offset] ?? ''
  }

  #skip(count = 1): void {
    this.#index += count
    this.#column += count
  }

  #skipLine(): void {
    this.#index += this.#at() === '\r' && this.#at(1) === '\n' ? 2 : 1
    this.#line++
    this.#column = 0
  }

  peek(): Token {
    for (;;) {
      const key = this.#awaited.get(this.#parsed)
      if (this.#tokens.length > 0 && !(key && this.#isValid(key))) break
      this.#fetch()
    }
    return this.#tokens[0]!
  }

  take(): Token {
    const token = this.peek()
    if (token.kind !== 'stream-end') {
      this.#tokens.shift()
      this.#parsed++
    }
    return token
  }

  #push(kind: Kind, mark: Mark, value?: string, place = this.#tokens.length): void {
    this.#tokens.splice(place, 0, { kind, mark, ...(value === undefined ? {} : { value }) })
  }

  /** A simple key lies on one line, and is short. */
  #isValid(key: SimpleKey): boolean {
    if (!key.isPossible) return false
    if (key.mark.line >= this.#line && key.mark.index + maxKeyLength >= this.#index) return true
    if (key.isRequired) throw scanFault("could not find expected ':'", this.#mark, key.mark)
    key.isPossible = false
    return false
  }

  #saveKey(): void {
    if (!this.#mayBeKey) return
    const key = {
      mark: this.#mark,
      number: this.#parsed + this.#tokens.length,
      isRequired: this.#flowLevel === 0 && this.#indent === this.#column,
      isPossible: true,
    }
    this.#removeKey()
    this.#keys[this.#keys.length - 1] = key
    this.#awaited.set(key.number, key)
  }

  #removeKey(): void {
    const key = this.#keys.at(-1)!
    if (!key.isPossible) return
    if (key.isRequired) throw scanFault("could not find expected ':'", this.#mark, key.mark)
    key.isPossible = false
    this.#awaited.delete(key.number)
  }

  #roll(column: number, kind: Kind, mark: Mark, number = -1): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return
    this.#indents.push(this.#indent)
    this.#indent = column
    this.#push(kind, mark, undefined, number < 0 ? this.#tokens.length : number - this.#parsed)
  }

  #unroll(column: number): void {
    if (this.#flowLevel > 0) return
    while (this.#indent > column) {
      this.#push('end', this.#mark)
      this.#indent = this.#indents.pop()!
    }
  }

  #fetch(): void {
    if (this.#isEnded) throw new Error('no token follows the end')
    this.#toNextToken()
    this.#unroll(this.#column)
    const c = this.#at()
    if (c === '') this.#streamEnd()
    else if (this.#column === 0 && c === '%') this.#directive()
    else if (this.#isDocumentMark()) this.#documentMark(c === '-' ? '---' : '...')
    else this.#token(c)
  }

  #token(c: string): void {
    if (c === '[' || c === '{') {
      this.#saveKey()
      this.#keys.push({ mark: this.#mark, number: this.#parsed + this.#tokens.length, isRequired: false, isPossible: false })
      if (this.#flowLevel > maxFlowLevel) throw scanFault(`exceeded max depth of ${maxFlowLevel}`, this.#mark, this.#mark)
      this.#mayBeKey = true
      this.#single(c)
      return
    }
    if (c === ']' || c === '}') {
      this.#removeKey()
      // Of an empty level this is the number of its bracket, for which nobody waits then.
      if (this.#flowLevel > 0) this.#awaited.delete(this.#keys.pop()!.number)
      this.#mayBeKey = false
      this.#single(c)
      return
    }
    if (c === ',') {
      this.#removeKey()
      this.#mayBeKey = true
      this.#single(c)
      return
    }
    const isSpaced = isBlankOrEnd(this.#at(1))
    if (c === '-' && isSpaced) this.#entry('block sequence entries are not allowed in this context', 'sequence', '-')
    else if (c === '?' && (this.#flowLevel > 0 || isSpaced)) this.#entry('mapping keys are not allowed in this context', 'mapping', '?')
    else if (c === ':' && (this.#flowLevel > 0 || isSpaced)) this.#value()
    else if (c === '*' || c === '&') this.#node(() => this.#anchor(c === '*' ? 'alias' : 'anchor'))
    else if (c === '!') this.#node(() => this.#tag())
    else if ((c === '|' || c === '>') && this.#flowLevel === 0) {
      this.#removeKey()
      this.#mayBeKey = true
      this.#blockScalar()
    } else if (c === "'" || c === '"') this.#node(() => this.#quoted(c))
    else if (this.#isPlainStart(c, isSpaced)) this.#node(() => this.#plain())
    else throw scanFault('found character that cannot start any token', this.#mark, this.#mark)
  }

  #isPlainStart(c: string, isSpaced: boolean): boolean {
    return (
      !(isBlankOrEnd(c) || '-?:,[]{}#&*!|>\'"%@`'.includes(c)) ||
      (c === '-' && !isBlank(this.#at(1))) ||
      (this.#flowLevel === 0 && (c === '?' || c === ':') && !isSpaced)
    )
  }

  #single(kind: Kind): void {
    this.#push(kind, this.#mark)
    this.#skip()
  }

  #node(scan: () => void): void {
    this.#saveKey()
    this.#mayBeKey = false
    scan()
  }

  #toNextToken(): void {
    for (;;) {
      if (this.#column === 0 && this.#at() === '\ufeff') this.#skip()
      while (this.#at() === ' ' || ((this.#flowLevel > 0 || !this.#mayBeKey) && this.#at() === '\t')) this.#skip()
      if (this.#at() === '#') while (!isBreakOrEnd(this.#at())) this.#skip()
      if (!isBreak(this.#at())) return
      this.#skipLine()
      if (this.#flowLevel === 0) this.#mayBeKey = true
    }
  }

  #streamEnd(): void {
    if (this.#column !== 0) {
      this.#column = 0
      this.#line++
    }
    this.#unroll(-1)
    this.#removeKey()
    this.#mayBeKey = false
    this.#isEnded = true
    this.#push('stream-end', this.#mark)
  }

  #isDocumentMark(): boolean {
    return this.#column === 0 && /^(?:---|\.\.\.)/.test(this.#text.slice(this.#index, this.#index + 3)) && isBlankOrEnd(this.#at(3))
  }

  #documentMark(kind: '---' | '...'): void {
    this.#unroll(-1)
    this.#removeKey()
    this.#mayBeKey = false
    this.#push(kind, this.#mark)
    this.#skip(3)
  }

  #directive(): void {
    this.#unroll(-1)
    this.#removeKey()
    this.#mayBeKey = false
    const start = this.#mark
    const fault = (words: string): Fault => scanFault(words, this.#mark, start)
    this.#skip()
    const name = this.#word()
    if (name === '') throw fault('could not find expected directive name')
    if (!isBlankOrEnd(this.#at())) throw fault('found unexpected non-alphabetical character')
    let value = ''
    if (name === 'YAML') {
      while (isBlank(this.#at())) this.#skip()
      const found = /^(\d{1,9})(?:(\.)(\d{1,9})?)?/.exec(this.#text.slice(this.#index))
      this.#skip(found?.[0].length ?? 0)
      if (!found) throw fault('did not find expected version number')
      if (!found[2]) throw fault("did not find expected digit or '.' character")
      if (!found[3]) throw fault('did not find expected version number')
      value = `${Number(found[1])}.${Number(found[3])}`
    } else if (name === 'TAG') while (!isBreakOrEnd(this.#at())) this.#skip()
    else throw fault('found unknown directive name')
    this.#restOfLine(start)
    this.#push('directive', start, value)
  }

  #restOfLine(start: Mark): void {
    while (isBlank(this.#at())) this.#skip()
    if (this.#at() === '#') while (!isBreakOrEnd(this.#at())) this.#skip()
    if (!isBreakOrEnd(this.#at())) throw scanFault('did not find expected comment or line break', this.#mark, start)
    if (this.#at() !== '') this.#skipLine()
  }

  #word(): string {
    const from = this.#index
    while (/[0-9A-Za-z_-]/.test(this.#at())) this.#skip()
    return this.#text.slice(from, this.#index)
  }

  #entry(refusal: string, collection: Kind, kind: Kind): void {
    if (this.#flowLevel === 0) {
      if (!this.#mayBeKey) throw scanFault(refusal, this.#mark, this.#mark)
      this.#roll(this.#column, collection, this.#mark)
    }
    this.#removeKey()
    this.#mayBeKey = kind === '-' || this.#flowLevel === 0
    this.#single(kind)
  }

  #value(): void {
    const key = this.#keys.at(-1)!
    if (this.#isValid(key)) {
      this.#push('?', key.mark, undefined, key.number - this.#parsed)
      this.#roll(key.mark.column, 'mapping', key.mark, key.number)
      key.isPossible = false
      this.#awaited.delete(key.number)
      this.#mayBeKey = false
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#mayBeKey) throw scanFault('mapping values are not allowed in this context', this.#mark, this.#mark)
        this.#roll(this.#column, 'mapping', this.#mark)
      }
      this.#mayBeKey = this.#flowLevel === 0
    }
    this.#single(':')
  }

  #anchor(kind: Kind): void {
    const start = this.#mark
    this.#skip()
    const name = this.#word()
    if (name === '' || !(isBlankOrEnd(this.#at()) || '?:,]}%@`'.includes(this.#at())))
      throw scanFault('did not find expected alphabetic or numeric character', this.#mark, start)
    this.#push(kind, start, name)
  }

  #tag(): void {
    const start = this.#mark
    const uri = (): string => {
      const from = this.#index
      while (/[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]%]/.test(this.#at())) this.#skip()
      return this.#text.slice(from, this.#index)
    }
    let handle = ''
    if (this.#at(1) === '<') {
      this.#skip(2)
      if (uri() === '') throw scanFault('did not find expected tag URI', this.#mark, start)
      if (this.#at() !== '>') throw scanFault("did not find the expected '>'", this.#mark, start)
      this.#skip()
    } else {
      handle = /^!(?:[0-9A-Za-z_-]*!)?/.exec(this.#text.slice(this.#index))![0]
      this.#skip(handle.length)
      if (uri() === '' && handle.length > 1) throw scanFault('did not find expected tag URI', this.#mark, start)
    }
    if (!isBlankOrEnd(this.#at())) throw scanFault('did not find expected whitespace or line break', this.#mark, start)
    this.#push('tag', start, handle)
  }

  #blockScalar(): void {
    const start = this.#mark
    this.#skip()
    const [header, digit] = /^(?:[+-](\d)?|(?:\d)[+-]?)?/.exec(this.#text.slice(this.#index, this.#index + 2))!
    const given = digit ?? /\d/.exec(header)?.[0]
    this.#skip(given === '0' ? header.indexOf('0') : header.length)
    if (given === '0') throw scanFault('found an indentation indicator equal to 0', this.#mark, start)
    this.#restOfLine(start)
    let indent = given === undefined ? 0 : Math.max(this.#indent, 0) + Number(given)
    indent = this.#blockBreaks(indent, start)
    while (this.#column === indent && this.#at() !== '') {
      while (!isBreakOrEnd(this.#at())) this.#skip()
      if (this.#at() !== '') this.#skipLine()
      indent = this.#blockBreaks(indent, start)
    }
    this.#push('scalar', start)
  }

  #blockBreaks(given: number, start: Mark): number {
    let deepest = 0
    for (;;) {
      while ((given === 0 || this.#column < given) && this.#at() === ' ') this.#skip()
      deepest = Math.max(deepest, this.#column)
      if ((given === 0 || this.#column < given) && this.#at() === '\t')
        throw scanFault('found a tab character where an indentation space is expected', this.#mark, start)
      if (!isBreak(this.#at())) break
      this.#skipLine()
    }
    return given === 0 ? Math.max(deepest, this.#indent + 1, 1) : given
  }

  #quoted(quote: string): void {
    const start = this.#mark
    const fault = (words: string): Fault => scanFault(words, this.#mark, start)
    this.#skip()
    for (;;) {
      if (this.#isDocumentMark()) throw fault('found unexpected document indicator')
      const c = this.#at()
      if (c === '') throw fault('found unexpected end of stream')
      if (isBreak(c)) this.#skipLine()
      else if (c === quote) {
        if (quote === '"' || this.#at(1) !== "'") break
        this.#skip(2)
      } else if (quote === '"' && c === '\\') {
        this.#skip()
        if (isBreak(this.#at())) this.#skipLine()
        else this.#escape(fault)
      } else this.#skip()
    }
    this.#skip()
    this.#push('scalar', start)
  }

  #escape(fault: (words: string) => Fault): void {
    const c = this.#at()
    const back = (words: string): Fault => {
      this.#skip(-1)
      return fault(words)
    }
    if (c === '' || !'0abt\tnvfre "\'\\N_LPxuU'.includes(c)) throw back('found unknown escape character')
    this.#skip()
    const length = { x: 2, u: 4, U: 8 }[c] ?? 0
    if (length === 0) return
    const digits = this.#text.slice(this.#index, this.#index + length)
    if (!new RegExp(`^[0-9A-Fa-f]{${length}}$`).test(digits)) throw fault('did not find expected hexdecimal number')
    const code = Number.parseInt(digits, 16)
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) throw fault('found invalid Unicode character escape code')
    this.#skip(length)
  }

  #plain(): void {
    const start = this.#mark
    const indent = this.#indent + 1
    let isAfterBreak = false
    for (;;) {
      if (this.#isDocumentMark() || this.#at() === '#') break
      while (!isBlankOrEnd(this.#at())) {
        const c = this.#at()
        if ((c === ':' && isBlankOrEnd(this.#at(1))) || (this.#flowLevel > 0 && ',?[]{}'.includes(c))) break
        isAfterBreak = false
        this.#skip()
      }
      if (!(isBlank(this.#at()) || isBreak(this.#at()))) break
      while (isBlank(this.#at()) || isBreak(this.#at())) {
        if (isBreak(this.#at())) {
          this.#skipLine()
          isAfterBreak = true
        } else {
          if (isAfterBreak && this.#column < indent && this.#at() === '\t')
            throw scanFault('found a tab character that violates indentation', this.#mark, start)
          this.#skip()
        }
      }
      if (this.#flowLevel === 0 && this.#column < indent) break
    }
    this.#push('scalar', start)
    if (isAfterBreak) this.#mayBeKey = true
  }
}

class Reader {
  readonly #scanner: Scanner
  readonly #anchors = new Set<string>()

  constructor(text: string) {
    this.#scanner = new Scanner(text)
  }

  #is(...kinds: readonly Kind[]): boolean {
    return kinds.includes(this.#scanner.peek().kind)
  }

  /** Where the first document ends. */
  document(): number {
    if (this.#is('stream-end')) return this.#scanner.peek().mark.index
    if (this.#is('directive', '---')) {
      let isVersioned = false
      while (this.#is('directive')) {
        const { mark, value } = this.#scanner.peek()
        if (value !== '' && isVersioned) throw parseFault('found duplicate %YAML directive', mark)
        if (value !== '' && value !== '1.1') throw parseFault('found incompatible YAML document', mark)
        isVersioned ||= value !== ''
        this.#scanner.take()
      }
      if (!this.#is('---')) throw parseFault('did not find expected <document start>', this.#scanner.peek().mark)
      this.#scanner.take()
      if (this.#is('directive', '---', '...', 'stream-end')) return this.#scanner.peek().mark.index
    }
    this.#node(true)
    return this.#scanner.peek().mark.index
  }

  #node(isBlock: boolean, mayBeIndentless = false): void {
    const start = this.#scanner.peek().mark
    if (this.#is('alias')) {
      const name = this.#scanner.take().value!
      if (!this.#anchors.has(name)) throw new Fault(`unknown anchor '${name}' referenced`)
      return
    }
    let hasProperties = false
    let tag: Token | undefined
    for (const kinds of this.#is('anchor') ? (['anchor', 'tag'] as const) : (['tag', 'anchor'] as const)) {
      if (!this.#is(kinds)) break
      hasProperties = true
      const token = this.#scanner.take()
      if (token.kind === 'anchor') this.#anchors.add(token.value!)
      else tag = token
      this.#scanner.peek()
    }
    if (tag && tag.value!.length > 2) throw parseFault('found undefined tag handle', tag.mark, start)
    if (mayBeIndentless && this.#is('-')) this.#entries('?', ':', 'end')
    else if (this.#is('scalar')) this.#scanner.take()
    else if (this.#is('[')) this.#flow(']', "did not find expected ',' or ']'")
    else if (this.#is('{')) this.#flow('}', "did not find expected ',' or '}'")
    else if (isBlock && this.#is('sequence')) {
      const { mark } = this.#scanner.take()
      this.#entries('end')
      this.#close("did not find expected '-' indicator", mark)
    } else if (isBlock && this.#is('mapping')) this.#mapping()
    else if (!hasProperties) throw parseFault('did not find expected node content', this.#scanner.peek().mark, start)
  }

  #close(words: string, start: Mark): void {
    if (!this.#is('end')) throw parseFault(words, this.#scanner.peek().mark, start)
    this.#scanner.take()
  }

  #entries(...ends: readonly Kind[]): void {
    while (this.#is('-')) {
      this.#scanner.take()
      if (!this.#is('-', ...ends)) this.#node(true)
    }
  }

  #mapping(): void {
    const { mark } = this.#scanner.take()
    while (this.#is('?')) {
      this.#scanner.take()
      if (!this.#is('?', ':', 'end')) this.#node(true, true)
      if (!this.#is(':')) continue
      this.#scanner.take()
      if (!this.#is('?', ':', 'end')) this.#node(true, true)
    }
    this.#close('did not find expected key', mark)
  }

  #flow(end: ']' | '}', words: string): void {
    const { mark } = this.#scanner.take()
    for (let isFirst = true; !this.#is(end); isFirst = false) {
      if (!isFirst) {
        if (!this.#is(',')) throw parseFault(words, this.#scanner.peek().mark, mark)
        this.#scanner.take()
        if (this.#is(end)) break
      }
      if (!this.#is('?')) {
        this.#node(false)
        continue
      }
      this.#scanner.take()
      if (end === ']' && this.#is(':', ',', end)) this.#scanner.take()
      else if (!this.#is(':', ',', end)) this.#node(false)
      if (!this.#is(':')) continue
      this.#scanner.take()
      if (!this.#is(',', end)) this.#node(false)
    }
    this.#scanner.take()
  }
}
