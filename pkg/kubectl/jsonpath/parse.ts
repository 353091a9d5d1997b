/** JSONPath templates as client-go's util/jsonpath reads them. */
export type PathNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'slice'; readonly start?: number; readonly end?: number; readonly step?: number }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | { readonly type: 'root' }
  | { readonly type: 'self' }
  | { readonly type: 'literal'; readonly value: string | number | boolean }
  | { readonly type: 'union'; readonly paths: readonly (readonly PathNode[])[] }
  | { readonly type: 'filter'; readonly left: readonly PathNode[]; readonly operator: string; readonly right: readonly PathNode[] }
  | { readonly type: 'list'; readonly nodes: readonly PathNode[] }
  | { readonly type: 'range'; readonly over: readonly PathNode[]; readonly body: readonly PathNode[] }

export class JsonPathError extends Error {}

export function parseJsonPath(template: string): readonly PathNode[] {
  return new Parser(template).template(false)
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  template(inRange: boolean): PathNode[] {
    const nodes: PathNode[] = []
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at)
      if (open !== this.#at) {
        nodes.push({ type: 'text', text: this.#text.slice(this.#at, open < 0 ? undefined : open) })
        this.#at = open < 0 ? this.#text.length : open
        continue
      }
      this.#at++
      this.#spaces()
      if (this.#word('range')) {
        const over = this.#action()
        nodes.push({ type: 'range', over, body: this.template(true) })
      } else if (this.#word('end')) {
        this.#spaces()
        if (this.#text[this.#at] !== '}') throw new JsonPathError('unclosed action')
        this.#at++
        if (!inRange) throw new JsonPathError('not in range, nothing to end')
        return nodes
      } else nodes.push({ type: 'list', nodes: this.#action() })
    }
    if (inRange) throw new JsonPathError('unclosed range')
    return nodes
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at) || /[\w.]/.test(this.#text[this.#at + word.length] ?? '')) return false
    this.#at += word.length
    return true
  }

  #spaces(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  /** Up to the closing brace. */
  #action(): PathNode[] {
    const nodes = this.#nodes('}')
    if (this.#text[this.#at] !== '}') throw new JsonPathError('unclosed action')
    this.#at++
    return nodes
  }

  #nodes(stop: string): PathNode[] {
    const nodes: PathNode[] = []
    for (;;) {
      this.#spaces()
      const char = this.#text[this.#at]
      if (char === undefined || stop.includes(char)) return nodes
      nodes.push(...this.#node(char))
    }
  }

  #node(char: string): PathNode[] {
    switch (char) {
      case '$':
        this.#at++
        return [{ type: 'root' }]
      case '@':
        this.#at++
        return [{ type: 'self' }]
      case '*':
        this.#at++
        return [{ type: 'wildcard' }]
      case '.':
        this.#at++
        if (this.#text[this.#at] === '.') {
          this.#at++
          return [{ type: 'recursive' }, ...(/[\w-]/.test(this.#text[this.#at] ?? '') ? [this.#field()] : [])]
        }
        if (this.#text[this.#at] === '*') {
          this.#at++
          return [{ type: 'wildcard' }]
        }
        if (this.#text[this.#at] === '[' || this.#text[this.#at] === '}' || this.#text[this.#at] === undefined) return []
        return [this.#field()]
      case '[':
        return [this.#brackets()]
      case '"':
      case "'":
        return [{ type: 'literal', value: this.#quoted(char) }]
      default:
        return [this.#bare()]
    }
  }

  #field(): PathNode {
    let name = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!
      if (char === '\\') name += this.#text[++this.#at] ?? ''
      else if (/[\s.[\]{}$@*,()=<>!"'|]/.test(char)) break
      else name += char
    }
    if (name === '') throw new JsonPathError(`unexpected character: ${JSON.stringify(this.#text[this.#at] ?? '')}`)
    return { type: 'field', name }
  }

  #bare(): PathNode {
    const rest = this.#text.slice(this.#at)
    const number = /^[-+]?\d+(\.\d+)?/.exec(rest)
    if (number) {
      this.#at += number[0].length
      return { type: 'literal', value: Number(number[0]) }
    }
    const word = /^(true|false)\b/.exec(rest)
    if (word) {
      this.#at += word[0].length
      return { type: 'literal', value: word[0] === 'true' }
    }
    const name = /^[A-Za-z_][\w-]*/.exec(rest)
    if (name) throw new JsonPathError(`unrecognized identifier ${name[0]}`)
    throw new JsonPathError(`unrecognized character in action: U+${rest.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${rest[0]}'`)
  }

  #quoted(quote: string): string {
    let text = ''
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!
      if (char === quote) {
        this.#at++
        return text
      }
      if (char !== '\\') text += char
      else {
        const next = this.#text[++this.#at] ?? ''
        text += ({ n: '\n', t: '\t', r: '\r' } as Record<string, string>)[next] ?? next
      }
    }
    throw new JsonPathError('unterminated quoted string')
  }

  #brackets(): PathNode {
    this.#at++
    this.#spaces()
    if (this.#text[this.#at] === '?') return this.#filter()
    const inner = this.#untilBracket()
    const parts = splitUnion(inner)
    if (parts.length > 1) return { type: 'union', paths: parts.map((part) => [bracketNode(part.trim())]) }
    return bracketNode(inner.trim())
  }

  #untilBracket(): string {
    const from = this.#at
    let quote = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!
      if (quote) {
        if (char === '\\') this.#at++
        else if (char === quote) quote = ''
      } else if (char === '"' || char === "'") quote = char
      else if (char === ']') return this.#text.slice(from, this.#at++)
    }
    throw new JsonPathError('unterminated array')
  }

  #filter(): PathNode {
    this.#at++
    if (this.#text[this.#at] !== '(') throw new JsonPathError('unclosed array expect ]')
    this.#at++
    const left = this.#nodes(')=!<>')
    let operator = ''
    while (/[=!<>]/.test(this.#text[this.#at] ?? '')) operator += this.#text[this.#at++]
    const right = operator === '' ? [] : this.#nodes(')')
    if (this.#text[this.#at] !== ')') throw new JsonPathError('unterminated filter')
    this.#at++
    this.#spaces()
    if (this.#text[this.#at] !== ']') throw new JsonPathError('unclosed array expect ]')
    this.#at++
    if (!['', '==', '!=', '<', '<=', '>', '>='].includes(operator)) throw new JsonPathError(`unrecognized filter operator ${operator}`)
    return { type: 'filter', left, operator: operator || 'exists', right }
  }
}

function splitUnion(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,])+/g) ?? []
}

function bracketNode(text: string): PathNode {
  if (text === '*') return { type: 'wildcard' }
  const quoted = /^(["'])(.*)\1$/s.exec(text)
  if (quoted) return { type: 'field', name: quoted[2]!.replace(/\\(.)/g, '$1') }
  if (/^-?\d+$/.test(text)) return { type: 'index', index: Number(text) }
  const slice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(text)
  if (!slice) throw new JsonPathError(`invalid array index ${text}`)
  const [, start, end, step] = slice
  return { type: 'slice', ...(start ? { start: Number(start) } : {}), ...(end ? { end: Number(end) } : {}), ...(step ? { step: Number(step) } : {}) }
}
