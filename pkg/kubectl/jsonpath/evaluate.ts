/** What a JSONPath template finds in an object, and how it is printed. */
import { compactJson } from '../printers/json.ts'
import { JsonPathError, type PathNode, parseJsonPath } from './parse.ts'

export interface JsonPath {
  /** One list of values for each action of the template. */
  find(root: unknown): unknown[][]
  print(root: unknown): string
}

export interface JsonPathOptions {
  /** Absent keys yield nothing instead of an error. */
  readonly allowMissingKeys?: boolean
}

export function compileJsonPath(template: string, { allowMissingKeys = false }: JsonPathOptions = {}): JsonPath {
  const nodes = parseJsonPath(template)
  const find = (root: unknown): unknown[][] => evaluateAll(nodes, root, root, allowMissingKeys)
  return {
    find,
    print: (root) =>
      find(root)
        .map((values) => values.map(printed).join(' '))
        .join(''),
  }
}

/** `.spec.x`, `spec.x`, `{.spec.x}`: as the flags of kubectl take a path. */
export function relaxedPath(text: string): string {
  if (text === '') return text
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text)
  if (!match) throw new JsonPathError(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`)
  return `{.${match[1] ?? match[2]}}`
}

export function printed(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  return typeof value === 'object' ? compactJson(value) : String(value)
}

function evaluateAll(nodes: readonly PathNode[], current: unknown, root: unknown, allowMissing: boolean): unknown[][] {
  const found: unknown[][] = []
  for (const node of nodes) {
    if (node.type === 'text') found.push([node.text])
    else if (node.type === 'list') found.push(walk(node.nodes, [current], root, allowMissing))
    else if (node.type === 'range') {
      for (const each of walk(node.over, [current], root, allowMissing)) found.push(...evaluateAll(node.body, each, root, allowMissing))
    }
  }
  return found
}

function walk(nodes: readonly PathNode[], values: readonly unknown[], root: unknown, allowMissing: boolean): unknown[] {
  let current = [...values]
  for (const node of nodes) current = step(node, current, root, allowMissing)
  return current
}

function step(node: PathNode, values: unknown[], root: unknown, allowMissing: boolean): unknown[] {
  switch (node.type) {
    case 'root':
      return [root]
    case 'self':
      return values
    case 'literal':
      return [node.value]
    case 'field':
      return field(node.name, values, allowMissing)
    case 'wildcard':
      return values.flatMap(children)
    case 'recursive':
      return values.flatMap((value) => [value, ...descendants(value)])
    case 'index':
      return values.flatMap((value) => at(value, node.index, allowMissing))
    case 'slice':
      return values.flatMap((value) => slice(value, node))
    case 'union':
      return node.paths.flatMap((path) => walk(path, values, root, allowMissing))
    case 'filter':
      return values.flatMap(children).filter((value) => matches(node, value, root))
    default:
      return values
  }
}

function field(name: string, values: readonly unknown[], allowMissing: boolean): unknown[] {
  const found: unknown[] = []
  for (const value of values) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)) {
      const member = (value as Record<string, unknown>)[name]
      if (member !== undefined) found.push(member)
    }
  }
  if (found.length === 0 && values.length > 0 && !allowMissing) throw new JsonPathError(`${name} is not found`)
  return found
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value)
    .sort()
    .map((key) => (value as Record<string, unknown>)[key])
}

function descendants(value: unknown): unknown[] {
  return children(value)
    .filter((child) => typeof child === 'object' && child !== null)
    .flatMap((child) => [child, ...descendants(child)])
}

function at(value: unknown, index: number, allowMissing: boolean): unknown[] {
  if (!Array.isArray(value)) {
    if (allowMissing && (value === null || value === undefined)) return []
    throw new JsonPathError(`${printed(value)} is not array or slice`)
  }
  const position = index < 0 ? index + value.length : index
  if (position < 0 || position >= value.length) {
    if (allowMissing && value.length === 0) return []
    throw new JsonPathError(`array index out of bounds: index ${index}, length ${value.length}`)
  }
  return [value[position]]
}

function slice(value: unknown, { start = 0, end, step = 1 }: Extract<PathNode, { type: 'slice' }>): unknown[] {
  if (!Array.isArray(value)) return []
  if (step <= 0) throw new JsonPathError('step must be > 0')
  const from = start < 0 ? start + value.length : start
  const to = end === undefined ? value.length : end < 0 ? end + value.length : end
  return value.slice(Math.max(0, from), to).filter((_, index) => index % step === 0)
}

function matches(node: Extract<PathNode, { type: 'filter' }>, value: unknown, root: unknown): boolean {
  const left = walk(node.left, [value], root, true)
  if (node.operator === 'exists') return left.length > 0
  if (left.length === 0) return false
  if (left.length > 1) throw new JsonPathError('can only compare one element at a time')
  const right = walk(node.right, [value], root, true)
  if (right.length === 0) return false
  if (right.length > 1) throw new JsonPathError('can only compare one element at a time')
  return compare(left[0], node.operator, right[0])
}

function compare(left: any, operator: string, right: any): boolean {
  switch (operator) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}
