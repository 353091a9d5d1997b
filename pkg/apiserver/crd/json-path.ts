/** JSONPath as printer columns and selectable fields use it (client-go's util/jsonpath, without templates). */
import { isMap } from './schema/types.ts'

type Step =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep'; readonly name: string }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly one: boolean }
  | { readonly kind: 'filter'; readonly left: JsonPath; readonly operator: string; readonly right: unknown }

export type JsonPath = readonly Step[]

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

/** ".spec.replicas", ".status.conditions[?(@.type=="Ready")].status". */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = []
  let rest = text.trim().replace(/^\$/, '')
  while (rest !== '') {
    const found = readStep(rest)
    if (!found) throw new JsonPathError(`unrecognized character in action: ${JSON.stringify(rest[0])}`)
    steps.push(found.step)
    rest = rest.slice(found.length)
  }
  return steps
}

const unquoted = (text: string): string => text.replaceAll(/\\(.)/g, '$1')
const numberOf = (text: string | undefined): number | undefined => (text ? Number(text) : undefined)

/** What a step may look like, and what it is then. */
const forms: readonly [RegExp, (match: RegExpExecArray) => Step][] = [
  [/^\.\.([A-Za-z0-9_-]+)/, ([, name]) => ({ kind: 'deep', name: name! })],
  [/^(?:\.\*|\.?\[\*\])/, () => ({ kind: 'all' })],
  [/^\.((?:\\.|[^.[\]\\])+)/, ([, name]) => ({ kind: 'key', name: unquoted(name!) })],
  [/^\.?\[(['"])((?:\\.|(?!\1).)*)\1\]/, ([, , name]) => ({ kind: 'key', name: unquoted(name!) })],
  [/^\[(-?\d+)\]/, ([, at]) => ({ kind: 'slice', from: Number(at), to: undefined, one: true })],
  [/^\[(-?\d*):(-?\d*)\]/, ([, from, to]) => ({ kind: 'slice', from: numberOf(from), to: numberOf(to), one: false })],
  [/^\.?\[\?\(\s*@((?:"[^"]*"|'[^']*'|[^)])*)\)\]/, ([, filter]) => parseFilter(filter!)],
]

function readStep(text: string): { step: Step; length: number } | undefined {
  for (const [form, make] of forms) {
    const match = form.exec(text)
    if (match) return { step: make(match), length: match[0].length }
  }
  return undefined
}

function parseFilter(text: string): Step {
  const match = /^((?:\["[^"]*"\]|\['[^']*'\]|[^=!<>\s])*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/.exec(text)
  if (!match) throw new JsonPathError(`invalid filter ${text}`)
  const [, left, operator = 'exists', right] = match
  return { kind: 'filter', left: parseJsonPath(left!), operator, right: right === undefined ? undefined : literal(right) }
}

function literal(text: string): unknown {
  if (/^'.*'$/s.test(text) || /^".*"$/s.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  if (Number.isNaN(number)) throw new JsonPathError(`unrecognized literal ${text}`)
  return number
}

/** Everything the path leads to; nothing where keys are missing. */
export function findAll(path: JsonPath, root: unknown): unknown[] {
  let found: unknown[] = [root]
  for (const step of path) found = found.flatMap((value) => follow(step, value))
  return found
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'key':
      return isMap(value) && value[step.name] !== undefined ? [value[step.name]] : []
    case 'all':
      return Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []
    case 'deep':
      return descend(step.name, value)
    case 'slice': {
      if (!Array.isArray(value)) return []
      return step.one ? value.slice(step.from!).slice(0, 1) : value.slice(step.from, step.to)
    }
    case 'filter':
      return (Array.isArray(value) ? value : []).filter((each) => passes(step, each))
  }
}

function descend(name: string, value: unknown): unknown[] {
  const below = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []
  const here = isMap(value) && value[name] !== undefined ? [value[name]] : []
  return [...here, ...below.flatMap((each) => descend(name, each))]
}

function passes({ left, operator, right }: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const [actual] = findAll(left, item)
  if (operator === 'exists') return actual !== undefined
  if (actual === undefined) return false
  if (operator === '==') return actual === right
  if (operator === '!=') return actual !== right
  if (typeof actual !== typeof right) return false
  const [a, b] = [actual as number, right as number]
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b
}
