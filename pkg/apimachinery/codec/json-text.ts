/** JSON text: parsing, with the duplicate keys and the depth that JSON.parse does not tell of. */
import { type Step, pathText } from './decode-state.ts'
import { MAX_DEPTH, MAX_STRICT_ERRORS, TextError } from './errors.ts'
import { syntaxError } from './json-syntax.ts'

export interface ParsedText {
  readonly value: unknown
  /** Strict decoding's messages about duplicates, in upstream's words. */
  readonly duplicates: readonly string[]
  /** Both kinds of messages, in the order in which what they are about stands in the text. */
  readonly inOrder?: (strictErrors: readonly string[]) => string[]
}

/** `read`: JSON.parse, or another reader of JSON that refuses with a SyntaxError. */
export function parseJson(text: string, read: (text: string) => unknown = JSON.parse): ParsedText {
  let value: unknown
  try {
    value = read(text)
  } catch (error) {
    throw new TextError(syntaxError(text), { cause: error })
  }
  const isPlain = typeof value !== 'object' || namesIn(text) === keysOf(value, 0)
  if (isPlain) return { value, duplicates: [] }
  const { duplicates, places } = scan(text)
  return { value, duplicates, inOrder: (strictErrors) => inOrder([...duplicates, ...strictErrors], places) }
}

/** A field that is unknown is not said to be there twice besides. */
function inOrder(messages: readonly string[], places: ReadonlyMap<string, number>): string[] {
  const unknown = new Set(messages.filter((each) => each.startsWith('unknown')).map(fieldOf))
  const isTold = (message: string): boolean => !message.startsWith('duplicate') || !unknown.has(fieldOf(message))
  const placeOf = (message: string): number => places.get(message) ?? places.get(fieldOf(message)) ?? Number.MAX_SAFE_INTEGER
  return messages.filter(isTold).sort((a, b) => placeOf(a) - placeOf(b))
}

/** `"spec.x"` of `unknown field "spec.x"`. */
function fieldOf(message: string): string {
  return message.slice(message.indexOf('"'))
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
function scan(text: string): { readonly duplicates: string[]; readonly places: ReadonlyMap<string, number> } {
  const duplicates: string[] = []
  const places = new Map<string, number>()
  const stack: Frame[] = []
  let frame: Frame | undefined
  let atName = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (atName && frame?.names) {
        const name = nameOf(text, at, end)
        const field = JSON.stringify(pathOf(stack, name))
        if (frame.names.has(name)) note(duplicates, places, `duplicate field ${field}`, at)
        else {
          frame.names.add(name)
          if (!places.has(field)) places.set(field, at)
        }
        frame.name = name
        atName = false
      }
      at = end
    } else if (code === COMMA) {
      if (frame?.names) atName = true
      else if (frame) frame.index++
    } else if (code === 123 || code === 91) {
      if (stack.length >= MAX_DEPTH) throw new TextError(`invalid character '${text[at]}' exceeded max depth`)
      frame = { names: code === 123 ? new Set() : undefined, index: 0, name: '' }
      stack.push(frame)
      atName = code === 123
    } else if (code === 125 || code === 93) {
      stack.pop()
      frame = stack[stack.length - 1]
      atName = false
    }
  }
  return { duplicates, places }
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

function pathOf(stack: readonly Frame[], name: string): string {
  const steps: Step[] = stack.slice(0, -1).map((frame) => (frame.names ? frame.name : frame.index))
  return pathText([...steps, name])
}

function note(duplicates: string[], places: Map<string, number>, message: string, at: number): void {
  if (duplicates.length >= MAX_STRICT_ERRORS) return
  duplicates.push(message)
  if (!places.has(message)) places.set(message, at)
}
