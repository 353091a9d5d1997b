/** JSON text: parsing, with the duplicate keys and the depth that JSON.parse does not tell of. */
import { type Step, pathText } from './decode-state.ts'
import { MAX_DEPTH, MAX_STRICT_ERRORS, TextError } from './errors.ts'
import { syntaxError } from './json-syntax.ts'

export interface ParsedText {
  readonly value: unknown
  /** Strict decoding's messages about duplicates, in upstream's words. */
  readonly duplicates: readonly string[]
}

export function parseJson(text: string): ParsedText {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new TextError(syntaxError(text), { cause: error })
  }
  const isPlain = typeof value !== 'object' || namesIn(text) === keysOf(value, 0)
  return { value, duplicates: isPlain ? [] : scan(text) }
}

/** Deeper than any object that is meant well. */
const plainDepth = 200

/** As many names as keys: none came twice. Nearly every text is so, and counting costs a third of looking at each name. */
function namesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; ) {
    const end = endOfString(text, at)
    let next = end + 1
    while (isSpace(text.charCodeAt(next))) next++
    if (text.charCodeAt(next) === COLON) count++
    at = text.indexOf('"', next)
  }
  return count
}

/** NaN, which equals nothing, when it goes deeper than is counted. */
function keysOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > plainDepth) return Number.NaN
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += keysOf(item, depth + 1)
  else {
    for (const key in value) {
      count += 1 + keysOf((value as Record<string, unknown>)[key], depth + 1)
    }
  }
  return count
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}

interface Frame {
  /** Names seen so far; undefined in a list. */
  readonly names: Set<string> | undefined
  /** Index in a list, or the name being read. */
  index: number
  name: string
}

const QUOTE = 34
const COLON = 58
const COMMA = 44
const BACKSLASH = 92

/** Walks text known to be JSON. */
function scan(text: string): string[] {
  const duplicates: string[] = []
  const stack: Frame[] = []
  let frame: Frame | undefined
  let atName = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (atName && frame?.names) {
        const name = nameOf(text, at, end)
        if (frame.names.has(name)) note(duplicates, stack, name)
        else frame.names.add(name)
        frame.name = name
        atName = false
      }
      at = end
    } else if (code === COMMA) {
      if (frame?.names) atName = true
      else if (frame) frame.index++
    } else if (code === 123 || code === 91) {
      if (stack.length >= MAX_DEPTH) throw new TextError('exceeded max depth')
      frame = { names: code === 123 ? new Set() : undefined, index: 0, name: '' }
      stack.push(frame)
      atName = code === 123
    } else if (code === 125 || code === 93) {
      stack.pop()
      frame = stack[stack.length - 1]
      atName = false
    }
  }
  return duplicates
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++
  return slashes % 2 === 1
}

function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw
}

function note(duplicates: string[], stack: readonly Frame[], name: string): void {
  if (duplicates.length >= MAX_STRICT_ERRORS) return
  const steps: Step[] = stack.slice(0, -1).map((frame) => (frame.names ? frame.name : frame.index))
  duplicates.push(`duplicate field ${JSON.stringify(pathText([...steps, name]))}`)
}
