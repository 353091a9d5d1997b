/** YAML as sigs.k8s.io/yaml writes it (libyaml's emitter as go-yaml v2 sets it): the order of keys, the quotes, the folding at 80 columns. */
import { resolvesToString } from './yaml-scalars.ts'
import { type Column, writeScalar } from './yaml-emit.ts'
import { compareKeys } from './yaml-keys.ts'

/** One document, ending in a newline. */
export function toYaml(value: unknown): string {
  if (isCollection(value) && sizeOf(value) > 0) {
    const out: string[] = []
    block(out, value as object, 0, 0)
    return out.join('')
  }
  return `${flow(value) ?? scalar(value, 0, { at: 0 }, false).trimStart()}\n`
}

function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : keysOf(value).length
}

function keysOf(value: object): string[] {
  return Object.keys(value).filter((key) => (value as any)[key] !== undefined)
}

function flow(value: unknown): string | undefined {
  return isCollection(value) && sizeOf(value) === 0 ? (Array.isArray(value) ? '[]' : '{}') : undefined
}

/** `at`: how many columns of the first line are written already. */
function block(out: string[], value: object, indent: number, at: number): void {
  let lead = at
  const margin = (): void => {
    if (lead === 0 || lead < indent) out.push(' '.repeat(indent - lead))
    lead = 0
  }
  if (Array.isArray(value)) {
    for (const element of value) {
      margin()
      out.push('-')
      member(out, element === undefined ? null : element, indent, indent + 1, true)
    }
    return
  }
  for (const key of keysOf(value).sort(compareKeys)) {
    margin()
    const text = scalar(key, indent, { at: indent }, true)
    out.push(text.trimStart(), ':')
    member(out, (value as any)[key], indent, indent + text.trimStart().length + 1, false)
  }
}

function member(out: string[], value: unknown, indent: number, column: number, inSequence: boolean): void {
  const empty = flow(value)
  if (empty !== undefined) out.push(' ', empty, '\n')
  else if (!isCollection(value)) out.push(scalar(value, indent + 2, { at: column }, false), '\n')
  else if (inSequence) {
    out.push(' ')
    block(out, value, indent + 2, indent + 2)
  } else {
    out.push('\n')
    // A list stands below its key without further indentation.
    block(out, value, Array.isArray(value) ? indent : indent + 2, 0)
  }
}

/** The text with the space that stands before it. */
function scalar(value: unknown, indent: number, column: Column, isKey: boolean): string {
  if (value === null || value === undefined) return ' null'
  if (typeof value === 'number') return ` ${numberText(value)}`
  if (typeof value !== 'string') return ` ${String(value)}`
  const style = value.includes('\n') ? 'literal' : resolvesToString(value) ? 'plain' : 'double'
  return writeScalar(value, style, indent, column, isKey)
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}
