/** The grammar of label selector strings; errors in upstream's words. */
import { formatValue } from './field-error.ts'
import { makeRequirement, type Operator, type Requirement, SelectorError } from './label-requirement.ts'
import { isQualifiedName } from './names.ts'

type Token = 'end' | 'identifier' | ')' | ',' | '!' | '==' | '=' | '>' | '<' | 'in' | '!=' | 'notin' | '(' | 'error'
interface Item {
  readonly token: Token
  readonly text: string
}

const symbols: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '('])
const binaryOperators = 'in, notin, =, ==, !=, gt, lt'

function scan(text: string): Item[] {
  const items: Item[] = []
  const words = /\s*(?:(==|!=|[=!(),<>])|([^=!(),<>\s]+))/gy
  for (let match = words.exec(text); match !== null; match = words.exec(text)) {
    const [, symbol, word] = match
    if (symbol !== undefined && symbols.has(symbol)) items.push({ token: symbol as Token, text: symbol })
    else items.push({ token: word === 'in' || word === 'notin' ? word : 'identifier', text: word ?? '' })
  }
  items.push({ token: 'end', text: '' })
  return items
}

export function parseRequirements(text: string): Requirement[] {
  return new Parser(scan(text)).parse()
}

class Parser {
  readonly #items: readonly Item[]
  #position = 0

  constructor(items: readonly Item[]) {
    this.#items = items
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = []
    for (;;) {
      const { token, text } = this.#peek()
      if (token === 'end') return requirements
      if (token !== 'identifier' && token !== '!') throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`)
      requirements.push(this.#wrapped())
      const next = this.#take()
      if (next.token === 'end') return requirements
      if (next.token !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`)
      const after = this.#peek()
      if (after.token !== 'identifier' && after.token !== '!') throw new SelectorError(`found '${after.text}', expected: identifier after ','`)
    }
  }

  /** In key and value positions, "in" and "notin" are plain words. */
  #peek(): Item {
    const item = this.#items[this.#position] ?? { token: 'end', text: '' }
    return item.token === 'in' || item.token === 'notin' ? { token: 'identifier', text: item.text } : item
  }

  #take(): Item {
    const item = this.#peek()
    this.#position++
    return item
  }

  #wrapped(): Requirement {
    try {
      return this.#requirement()
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`)
      throw error
    }
  }

  #requirement(): Requirement {
    let item = this.#take()
    const negated = item.token === '!'
    if (negated) item = this.#take()
    if (item.token !== 'identifier') throw new SelectorError(`found '${item.text}', expected: identifier`)
    const key = item.text
    const wrong = isQualifiedName(key)
    if (wrong.length > 0) throw new SelectorError(`<nil>: Invalid value: ${formatValue(key)}: ${wrong.join('; ')}`)
    if (negated) return makeRequirement(key, '!', [])
    const next = this.#peek().token
    if (next === 'end' || next === ',') return makeRequirement(key, 'exists', [])
    const operator = this.#operator()
    return makeRequirement(key, operator, operator === 'in' || operator === 'notin' ? this.#values() : this.#exactValue())
  }

  #operator(): Operator {
    const { token, text } = this.#items[this.#position++] ?? { token: 'end', text: '' }
    switch (token) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return token
      case '>':
        return 'gt'
      case '<':
        return 'lt'
      default:
        throw new SelectorError(`found '${text}', expected: ${binaryOperators}`)
    }
  }

  #values(): string[] {
    const open = this.#take()
    if (open.token !== '(') throw new SelectorError(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (first.token === ')') {
      this.#take()
      return ['']
    }
    if (first.token !== 'identifier' && first.token !== ',') throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`)
    return this.#identifiers()
  }

  #identifiers(): string[] {
    const values = new Set<string>()
    for (;;) {
      const { token, text } = this.#take()
      const next = this.#peek()
      if (token === 'identifier') {
        values.add(text)
        if (next.token !== ',' && next.token !== ')') throw new SelectorError(`found '${next.text}', expected: ',' or ')'`)
      } else if (token === ',') {
        if (values.size === 0 || next.token === ')' || next.token === ',') values.add('')
      } else throw new SelectorError(`found '${text}', expected: ',', or identifier`)
      if (next.token === ')') {
        this.#take()
        return [...values].sort()
      }
    }
  }

  #exactValue(): string[] {
    const next = this.#peek().token
    if (next === 'end' || next === ',') return ['']
    const { token, text } = this.#take()
    if (token !== 'identifier') throw new SelectorError(`found '${text}', expected: identifier`)
    return [text]
  }
}
