/** What is asked of any value as such, and keywords of texts and numbers. */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { display, grouped, numberOf, printed, quote, same, typeOf } from './display.ts'
import { formats } from './formats.ts'
import type { Draft } from './metaschemas.ts'
import type { Look, Schema } from './types.ts'

const typeOrder = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']

/** What is wrong with a value as such is told alone. */
export const problemOf = (rules: Schema, value: unknown, draft: Draft, assertsFormat: boolean): string | undefined =>
  typeProblem(rules, value) ?? choiceProblem(rules, value, draft) ?? (assertsFormat ? formatProblem(rules, value) : undefined)

function typeProblem({ type }: Schema, value: unknown): string | undefined {
  if (type === undefined) return undefined
  const wanted = (Array.isArray(type) ? type : [type]) as string[]
  const got = typeOf(value)
  const isInteger = got === 'number' && Number.isInteger(numberOf(value))
  if (wanted.includes(got) || (isInteger && wanted.includes('integer'))) return undefined
  return `got ${got}, want ${typeOrder.filter((each) => wanted.includes(each)).join(' or ')}`
}

function choiceProblem(rules: Schema, value: unknown, draft: Draft): string | undefined {
  if (draft >= 6 && 'const' in rules && !same(rules.const, value))
    return typeof rules.const === 'object' && rules.const !== null ? "'const' failed" : `value must be ${display(rules.const)}`
  if (!Array.isArray(rules.enum) || rules.enum.some((each) => same(each, value))) return undefined
  if (rules.enum.some((each) => typeof each === 'object' && each !== null)) return "'enum' failed"
  return rules.enum.length === 1 ? `value must be ${display(rules.enum[0])}` : `value must be one of ${rules.enum.map(display).join(', ')}`
}

function formatProblem({ format }: Schema, value: unknown): string | undefined {
  if (typeof format !== 'string' || typeof value !== 'string' || !Object.hasOwn(formats, format)) return undefined
  const problem = formats[format]!(value)
  return problem === undefined ? undefined : `${display(value)} is not valid ${format}: ${problem}`
}

export function checkString({ rules, fail }: Look, value: string): void {
  const length = [...value].length
  const min = numberOf(rules.minLength)
  const max = numberOf(rules.maxLength)
  if (min !== undefined && length < min) fail(`minLength: got ${grouped(length)}, want ${grouped(min)}`)
  if (max !== undefined && length > max) fail(`maxLength: got ${grouped(length)}, want ${grouped(max)}`)
  if (typeof rules.pattern === 'string' && !compilePattern(rules.pattern).test(value)) fail(`${quote(value)} does not match pattern ${quote(rules.pattern)}`)
}

export function checkNumber({ rules, fail }: Look, value: number): void {
  const limit = (keyword: string): number | undefined => numberOf(rules[keyword])
  const multiple = limit('multipleOf')
  const [isAbove, isBelow] = [rules.exclusiveMinimum === true, rules.exclusiveMaximum === true]
  const [min, max] = [isAbove ? undefined : limit('minimum'), isBelow ? undefined : limit('maximum')]
  const [above, below] = [limit(isAbove ? 'minimum' : 'exclusiveMinimum'), limit(isBelow ? 'maximum' : 'exclusiveMaximum')]
  if (min !== undefined && value < min) fail(`minimum: got ${printed(value)}, want ${printed(min)}`)
  if (max !== undefined && value > max) fail(`maximum: got ${printed(value)}, want ${printed(max)}`)
  if (above !== undefined && value <= above) fail(`exclusiveMinimum: got ${printed(value)}, want ${printed(above)}`)
  if (below !== undefined && value >= below) fail(`exclusiveMaximum: got ${printed(value)}, want ${printed(below)}`)
  if (multiple !== undefined && multiple !== 0 && !Number.isInteger(value / multiple)) fail(`multipleOf: got ${printed(value)}, want ${printed(multiple)}`)
}
