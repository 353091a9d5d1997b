/**
 * The documents of a text, as upstream's decoder of streams finds them (apimachinery's YAMLOrJSONDecoder): JSON values one
 * after the other, or YAML parted by lines that begin with "---", each read by itself. What comes before a mistake counts.
 */
import { syntaxFault } from '#apimachinery/codec/json-syntax.ts'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'

export interface Documents {
  /** Those that are not empty. */
  readonly values: readonly unknown[]
  /** Why no more of them could be read. */
  readonly failure?: string
}

export function readDocuments(text: string): Documents {
  const values: unknown[] = []
  let rest = text
  let jsonFailure: string | undefined
  if (/^\s*\{/.test(text)) {
    const { end, fault, count } = readJson(text, values)
    if (!fault) return { values }
    // With more than one value behind it, this is JSON beyond doubt.
    if (count > 1) return { values, failure: fault.isEnd ? 'unexpected EOF' : fault.words }
    jsonFailure = fault.isEnd ? 'unexpected EOF' : `json: offset ${Buffer.byteLength(text.slice(0, fault.at + 1))}: ${fault.words}`
    rest = text.slice(end).replace(/^[^\S\n]*\n?/, '')
  }
  for (const chunk of yamlChunks(rest)) {
    try {
      if (typeof chunk !== 'string') throw chunk
      const { value } = parseYaml(chunk)
      if (value !== null && value !== undefined) values.push(value)
    } catch (error) {
      return { values, failure: jsonFailure ?? (error as Error).message }
    }
    jsonFailure = undefined
  }
  return { values }
}

interface JsonFault {
  readonly words: string
  readonly at: number
  /** The text ends too early. */
  readonly isEnd: boolean
}

function readJson(text: string, into: unknown[]): { readonly end: number; readonly count: number; readonly fault?: JsonFault } {
  let at = 0
  for (let count = 0; ; count++) {
    const start = at + /^\s*/.exec(text.slice(at))![0].length
    if (start === text.length) return { end: start, count }
    const end = valueEnd(text, start)
    try {
      const value = JSON.parse(text.slice(start, end))
      if (value !== null) into.push(value)
      at = end
    } catch {
      const { words, at: index, isEnd } = syntaxFault(text.slice(start, end))
      return { end: at, count, fault: { words, at: start + index, isEnd } }
    }
  }
}

/** Where the brackets that open at `start` are closed again; the end of the text where they are not. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  const marks = /"(?:[^"\\]|\\[\s\S])*"|[{}[\]]/g
  marks.lastIndex = start
  if (!/[{[]/.test(text[start]!)) return text.length
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth++
    else if (match[0] === '}' || match[0] === ']') depth--
    if (depth === 0) return marks.lastIndex
  }
  return text.length
}

/** Only comments may follow a separator on its line. */
function* yamlChunks(text: string): Generator<string | Error> {
  let chunk = ''
  for (const line of text.split(/(?<=\n)/)) {
    if (!line.startsWith('---')) {
      chunk += line
      continue
    }
    const after = line.slice(3).trim()
    if (after !== '' && !after.startsWith('#')) return yield new Error(`invalid Yaml document separator: ${after}`)
    if (chunk !== '') yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
