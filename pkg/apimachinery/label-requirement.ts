/** One condition on one label. */
import { formatValue } from './field-error.ts'
import { isQualifiedName, isValidLabelValue } from './names.ts'

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  /** Sorted, each once. */
  readonly values: readonly string[]
}

export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

const INTEGER = /^[-+]?[0-9]+$/

function invalid(at: string, value: unknown, detail: string): string {
  return `${at}: Invalid value: ${formatValue(value)}: ${detail}`
}

function countError(operator: Operator, values: readonly string[]): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? undefined : 'exact-match compatibility requires one single value'
    case 'exists':
    case '!':
      return values.length === 0 ? undefined : 'values set must be empty for exists and does not exist'
    default:
      return values.length === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required"
  }
}

/** Checks a requirement as labels.NewRequirement does; throws SelectorError. */
export function makeRequirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const errors: string[] = []
  const keyErrors = isQualifiedName(key)
  if (keyErrors.length > 0) errors.push(invalid('key', key, keyErrors.join('; ')))
  const count = countError(operator, values)
  if (count !== undefined) errors.push(invalid('values', values, count))
  for (const [index, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && !INTEGER.test(value)) {
      errors.push(invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
    }
    const wrong = isValidLabelValue(value)
    if (wrong.length > 0) errors.push(invalid(`values[${index}][${key}]`, value, wrong.join('; ')))
  }
  if (errors.length > 0) throw new SelectorError(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
  return { key, operator, values }
}

export function matchesRequirement({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    default: {
      if (value === undefined || !INTEGER.test(value)) return false
      const [given, bound] = [BigInt(value), BigInt(values[0] ?? '0')]
      return operator === 'gt' ? given > bound : given < bound
    }
  }
}

export function printRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted().join(',')})`
    case 'gt':
      return `${key}>${values[0]}`
    case 'lt':
      return `${key}<${values[0]}`
    default:
      return `${key}${operator}${values[0]}`
  }
}
