/** Field selectors: `metadata.name=a,status.phase!=Running`. Semantics of k8s.io/apimachinery/pkg/fields. */
import { SelectorError } from './label-requirement.ts'

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
  readonly isEmpty: boolean
  /** A field that is not given counts as "". */
  matches(fields: Readonly<Record<string, string>>): boolean
  requiresExactMatch(field: string): string | undefined
  toString(): string
}

class Conjunction implements FieldSelector {
  readonly requirements: readonly FieldRequirement[]

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements
  }

  get isEmpty(): boolean {
    return this.requirements.length === 0
  }

  matches(fields: Readonly<Record<string, string>>): boolean {
    return this.requirements.every(({ field, operator, value }) => ((Object.hasOwn(fields, field) ? fields[field] : '') === value) === (operator === '='))
  }

  requiresExactMatch(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value
  }

  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',')
  }
}

export const everyField: FieldSelector = new Conjunction([])

export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  let out = ''
  for (let at = 0; at < value.length; at++) {
    const char = value[at]!
    if (char === '\\') {
      const next = value[++at]
      if (next === undefined || !'\\,='.includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`)
      out += next
    } else if (char === ',' || char === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${char.codePointAt(0)}`)
    } else out += char
  }
  return out
}

/** Throws SelectorError with upstream's message. */
export function parseFieldSelector(selector: string): FieldSelector {
  if (selector === '') return everyField
  const terms = (selector.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).sort()
  return new Conjunction(terms.map((term) => parseTerm(term, selector)))
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
  if (match === null) throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`)
  return { field: match[1]!, operator: match[2] === '!=' ? '!=' : '=', value: unescapeValue(match[3]!) }
}

export function fieldSelectorOf(fields: Readonly<Record<string, string>>): FieldSelector {
  return new Conjunction(Object.entries(fields).map(([field, value]) => ({ field, operator: '=', value })))
}
