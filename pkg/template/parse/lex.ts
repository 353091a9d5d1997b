/** The tokens of a template, as Go's text/template/parse reads them. One token at a time; the text is never copied. */
import { quote } from '../print/quote.ts'

export type ItemType =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'comment'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'EOF'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'block'
  | 'break'
  | 'continue'
  | 'dot'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with'

export interface Item {
  readonly type: ItemType
  readonly text: string
  readonly position: number
  readonly line: number
}

const keywords: ReadonlyMap<string, ItemType> = new Map<string, ItemType>([
  ['.', 'dot'],
  ['block', 'block'],
  ['break', 'break'],
  ['continue', 'continue'],
  ['define', 'define'],
  ['else', 'else'],
  ['end', 'end'],
  ['if', 'if'],
  ['range', 'range'],
  ['nil', 'nil'],
  ['template', 'template'],
  ['with', 'with'],
])
const keywordTypes: ReadonlySet<ItemType> = new Set(keywords.values())

/** How an error names a token. */
export function itemText(item: Item): string {
  if (item.type === 'EOF') return 'EOF'
  if (item.type === 'error') return item.text
  if (keywordTypes.has(item.type)) return `<${item.text}>`
  const points = [...item.text]
  return points.length > 10 ? `${quote(points.slice(0, 10).join(''))}...` : quote(item.text)
}

const leftDelim = '{{'
const rightDelim = '}}'
const spaces = ' \t\r\n'
const alphaNumeric = /[_\p{L}\p{Nd}]/u

const isSpace = (c: string | undefined): boolean => c !== undefined && c !== '' && spaces.includes(c)
const isAlphaNumeric = (c: string): boolean => c !== '' && alphaNumeric.test(c)

/** Go's %#U. */
function describeRune(c: string): string {
  const point = c === '' ? -1 : c.codePointAt(0)!
  if (point < 0) return 'U+FFFFFFFFFFFFFFFF'
  const hex = point.toString(16).toUpperCase().padStart(4, '0')
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c) ? `U+${hex} '${c}'` : `U+${hex}`
}

function countLines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

export class Lexer {
  #input: string
  #position = 0
  #start = 0
  #line = 1
  #startLine = 1
  #insideAction = false
  #parenDepth = 0
  #item: Item | undefined

  constructor(input: string) {
    this.#input = input
  }

  next(): Item {
    this.#item = undefined
    while (!this.#item) {
      if (this.#insideAction) this.#lexInsideAction()
      else this.#lexText()
    }
    return this.#item
  }

  #emit(type: ItemType): undefined {
    this.#item = this.#take(type)
  }

  #take(type: ItemType): Item {
    const item = { type, text: this.#input.slice(this.#start, this.#position), position: this.#start, line: this.#startLine }
    this.#start = this.#position
    this.#startLine = this.#line
    return item
  }

  #ignore(): undefined {
    this.#line += countLines(this.#input, this.#start, this.#position)
    this.#start = this.#position
    this.#startLine = this.#line
  }

  #fail(message: string): undefined {
    this.#item = { type: 'error', text: message, position: this.#start, line: this.#startLine }
    this.#input = ''
    this.#start = 0
    this.#position = 0
    this.#insideAction = false
  }

  /** The character here, whole, or '' at the end. */
  #peek(): string {
    const point = this.#input.codePointAt(this.#position)
    return point === undefined ? '' : String.fromCodePoint(point)
  }

  #advance(): string {
    const c = this.#peek()
    this.#position += c.length
    if (c === '\n') this.#line++
    return c
  }

  #accept(valid: string): boolean {
    const c = this.#peek()
    if (c === '' || !valid.includes(c)) return false
    this.#position += c.length
    return true
  }

  #lexText(): undefined {
    const found = this.#input.indexOf(leftDelim, this.#position)
    if (found < 0) {
      this.#position = this.#input.length
      if (this.#position > this.#start) {
        this.#line += countLines(this.#input, this.#start, this.#position)
        return this.#emit('text')
      }
      return this.#emit('EOF')
    }
    if (found > this.#position) {
      this.#position = found
      let end = found
      if (this.#input[found + 2] === '-' && isSpace(this.#input[found + 3])) while (end > this.#start && isSpace(this.#input[end - 1])) end--
      this.#position = end
      this.#line += countLines(this.#input, this.#start, end)
      const item = this.#take('text')
      this.#position = found
      this.#ignore()
      if (item.text.length > 0) {
        this.#item = item
        return
      }
    }
    this.#lexLeftDelim()
  }

  #lexLeftDelim(): undefined {
    this.#position += leftDelim.length
    const trim = this.#input[this.#position] === '-' && isSpace(this.#input[this.#position + 1])
    const afterMarker = trim ? 2 : 0
    if (this.#input.startsWith('/*', this.#position + afterMarker)) {
      this.#position += afterMarker
      this.#ignore()
      return this.#lexComment()
    }
    const item = this.#take('leftDelim')
    this.#insideAction = true
    this.#position += afterMarker
    this.#ignore()
    this.#parenDepth = 0
    this.#item = item
  }

  #lexComment(): undefined {
    const end = this.#input.indexOf('*/', this.#position + 2)
    if (end < 0) return this.#fail('unclosed comment')
    this.#position = end + 2
    const trim = this.#atRightDelim()
    if (trim === undefined) return this.#fail('comment ends before closing delimiter')
    this.#line += countLines(this.#input, this.#start, this.#position)
    this.#take('comment')
    if (trim) this.#position += 2
    this.#position += rightDelim.length
    if (trim) this.#skipSpaces()
    this.#ignore()
  }

  #skipSpaces(): undefined {
    while (isSpace(this.#input[this.#position])) this.#position++
  }

  /** undefined: no closing delimiter here; otherwise whether it trims. */
  #atRightDelim(): boolean | undefined {
    const at = this.#position
    if (isSpace(this.#input[at]) && this.#input[at + 1] === '-' && this.#input.startsWith(rightDelim, at + 2)) return true
    return this.#input.startsWith(rightDelim, at) ? false : undefined
  }

  #lexRightDelim(): undefined {
    const trim = this.#atRightDelim()
    if (trim) {
      this.#position += 2
      this.#ignore()
    }
    this.#position += rightDelim.length
    const item = this.#take('rightDelim')
    if (trim) {
      this.#skipSpaces()
      this.#ignore()
    }
    this.#insideAction = false
    this.#item = item
  }

  #lexInsideAction(): undefined {
    if (this.#atRightDelim() !== undefined) {
      if (this.#parenDepth === 0) return this.#lexRightDelim()
      return this.#fail('unclosed left paren')
    }
    const c = this.#advance()
    if (c === '') return this.#fail('unclosed action')
    if (isSpace(c)) {
      this.#position -= 1
      if (c === '\n') this.#line--
      return this.#lexSpace()
    }
    switch (c) {
      case '=':
        return this.#emit('assign')
      case ':':
        return this.#advance() === '=' ? this.#emit('declare') : this.#fail('expected :=')
      case '|':
        return this.#emit('pipe')
      case '"':
        return this.#lexQuoted('"', 'string', 'unterminated quoted string')
      case "'":
        return this.#lexQuoted("'", 'charConstant', 'unterminated character constant')
      case '`':
        return this.#lexRawQuote()
      case '$':
        return this.#lexFieldOrVariable('variable')
      case '(':
        this.#parenDepth++
        return this.#emit('leftParen')
      case ')':
        this.#parenDepth--
        return this.#parenDepth < 0 ? this.#fail('unexpected right paren') : this.#emit('rightParen')
    }
    if (c === '.' && !/[0-9]/.test(this.#input[this.#position] ?? '0')) return this.#lexFieldOrVariable('field')
    if (/[.+\-0-9]/.test(c)) {
      this.#position -= 1
      return this.#lexNumber()
    }
    if (isAlphaNumeric(c)) {
      this.#position -= c.length
      return this.#lexIdentifier()
    }
    if (c > ' ' && c < '\x7f') return this.#emit('char')
    this.#fail(`unrecognized character in action: ${describeRune(c)}`)
  }

  #lexSpace(): undefined {
    let count = 0
    while (isSpace(this.#peek())) {
      this.#advance()
      count++
    }
    if (this.#input[this.#position] === '-' && this.#input.startsWith(rightDelim, this.#position + 1)) {
      this.#position--
      if (this.#input[this.#position] === '\n') this.#line--
      if (count === 1) return this.#lexRightDelim()
    }
    this.#emit('space')
  }

  #atTerminator(): boolean {
    const c = this.#peek()
    return c === '' || isSpace(c) || '.,|:)('.includes(c) || this.#input.startsWith(rightDelim, this.#position)
  }

  #lexIdentifier(): undefined {
    while (isAlphaNumeric(this.#peek())) this.#advance()
    const word = this.#input.slice(this.#start, this.#position)
    if (!this.#atTerminator()) return this.#fail(`bad character ${describeRune(this.#peek())}`)
    this.#emit(keywords.get(word) ?? (word === 'true' || word === 'false' ? 'bool' : 'identifier'))
  }

  #lexFieldOrVariable(type: 'field' | 'variable'): undefined {
    if (this.#atTerminator()) return this.#emit(type === 'variable' ? 'variable' : 'dot')
    while (isAlphaNumeric(this.#peek())) this.#advance()
    if (!this.#atTerminator()) return this.#fail(`bad character ${describeRune(this.#peek())}`)
    this.#emit(type)
  }

  #lexQuoted(end: string, type: ItemType, unterminated: string): undefined {
    for (;;) {
      let c = this.#advance()
      if (c === '\\') {
        c = this.#advance()
        if (c !== '' && c !== '\n') continue
      }
      if (c === '' || c === '\n') return this.#fail(unterminated)
      if (c === end) return this.#emit(type)
    }
  }

  #lexRawQuote(): undefined {
    for (;;) {
      const c = this.#advance()
      if (c === '') return this.#fail('unterminated raw quoted string')
      if (c === '`') return this.#emit('rawString')
    }
  }

  #lexNumber(): undefined {
    const bad = (): undefined => this.#fail(`bad number syntax: ${quote(this.#input.slice(this.#start, this.#position))}`)
    if (!this.#scanNumber()) return bad()
    const sign = this.#peek()
    if (sign === '+' || sign === '-') {
      if (!this.#scanNumber() || this.#input[this.#position - 1] !== 'i') return bad()
      return this.#emit('complex')
    }
    this.#emit('number')
  }

  #scanNumber(): boolean {
    this.#accept('+-')
    let digits = '0123456789_'
    if (this.#accept('0')) {
      if (this.#accept('xX')) digits = '0123456789abcdefABCDEF_'
      else if (this.#accept('oO')) digits = '01234567_'
      else if (this.#accept('bB')) digits = '01_'
    }
    while (this.#accept(digits));
    if (this.#accept('.')) while (this.#accept(digits));
    const exponent = digits.length === 11 ? 'eE' : digits.length === 23 ? 'pP' : ''
    if (exponent !== '' && this.#accept(exponent)) {
      this.#accept('+-')
      while (this.#accept('0123456789_'));
    }
    this.#accept('i')
    if (isAlphaNumeric(this.#peek())) {
      this.#advance()
      return false
    }
    return true
  }
}
