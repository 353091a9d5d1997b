/** Sprig's regular expressions: RE2's syntax, Go's templates for replacement. */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { goFunction } from '../exec/signature.ts'
import type { GoFunction, Value } from '../types.ts'
import { nilSlice, ofType } from '../values.ts'

/** Why Go would not take the pattern, in its words where the cause is plain. */
export function regexpFault(pattern: string): string {
  if (/^[*+?]/.test(pattern)) return `missing argument to repetition operator: \`${pattern[0]}\``
  if (/\[[^\]]*$/.test(pattern)) return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``
  const repeat = /\{(\d+),(\d+)\}/.exec(pattern)
  if (repeat && (Number(repeat[1]) > Number(repeat[2]) || Number(repeat[2]) > 1000)) return `invalid repeat count: \`${repeat[0]}\``
  const unnamed = /\(\?P(?![<=>])|\(\?P<[^>]*$/.exec(pattern)
  if (unnamed) return unnamed[0].length > 4 ? `invalid named capture: \`${pattern.slice(unnamed.index)}\`` : 'invalid or unsupported Perl syntax: `(?P`'
  const plain = pattern.replaceAll(/\\./g, '').replaceAll(/\[[^\]]*\]/g, '')
  const [open, close] = [plain.split('(').length, plain.split(')').length]
  if (open > close) return `missing closing ): \`${pattern}\``
  if (close > open) return `unexpected ): \`${pattern}\``
  const look = /\(\?<?[=!]/.exec(pattern)
  if (look) return `invalid or unsupported Perl syntax: \`${look[0].slice(0, look[0].startsWith('(?<') ? 4 : 3)}\``
  const escaped = /\\[0-9A-Za-z]/.exec(pattern)
  return escaped ? `invalid escape sequence: \`${escaped[0]}\`` : `invalid regexp: \`${pattern}\``
}

/** What JavaScript takes and RE2 does not: look-around and references back. */
const unsupported = /\(\?<?[=!]|(?<!\\)(?:\\\\)*\\[1-9]/

function compile(pattern: string, must: boolean): RegExp {
  try {
    if (unsupported.test(pattern)) throw new SyntaxError(pattern)
    return compilePattern(pattern, 'g')
  } catch {
    const message = `error parsing regexp: ${regexpFault(pattern)}`
    // Go's functions without must panic, by regexp.MustCompile.
    throw new Error(must ? message : `regexp: Compile(\`${pattern}\`): ${message}`)
  }
}

const strings = (list: string[]): Value => ofType('[]string', list)

function findAll(must: boolean) {
  return (pattern: string, text: string, count: bigint): Value => {
    const found = [...text.matchAll(compile(pattern, must))].map(([whole]) => whole)
    const kept = count < 0n ? found : found.slice(0, Number(count))
    return kept.length === 0 ? nilSlice('[]string') : strings(kept)
  }
}

function expand(template: string, match: RegExpMatchArray): string {
  return template.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare
    if (name === undefined) return whole === '$$' ? '$' : whole
    if (/^[0-9]+$/.test(name)) return match[Number(name)] ?? ''
    return match.groups?.[name] ?? ''
  })
}

function replaceAll(must: boolean, literal: boolean) {
  return (pattern: string, text: string, replacement: string): string => {
    let out = ''
    let end = 0
    for (const match of text.matchAll(compile(pattern, must))) {
      // Go takes no empty match right after another.
      if (match[0] === '' && match.index === end && end > 0) continue
      out += text.slice(end, match.index) + (literal ? replacement : expand(replacement, match))
      end = match.index + match[0].length
    }
    return out + text.slice(end)
  }
}

function split(must: boolean) {
  return (pattern: string, text: string, count: bigint): Value => {
    const n = Number(count)
    const expression = compile(pattern, must)
    if (n === 0) return strings([])
    if (pattern !== '' && text === '') return strings([''])
    const parts: string[] = []
    let begin = 0
    let end = 0
    for (const match of text.matchAll(expression)) {
      if (n > 0 && parts.length === n - 1) break
      end = match.index
      const next = match.index + match[0].length
      if (next !== 0) {
        parts.push(text.slice(begin, end))
      }
      begin = next
    }
    if (end !== text.length) parts.push(text.slice(begin))
    return strings(parts)
  }
}

function pair(name: string, signature: string, make: (must: boolean) => (...args: never[]) => Value): Record<string, GoFunction> {
  return { [name]: goFunction(signature, make(false)), [`must${name[0]!.toUpperCase()}${name.slice(1)}`]: goFunction(signature, make(true)) }
}

export const regexpFunctions: Readonly<Record<string, GoFunction>> = {
  ...pair('regexMatch', 'string, string', (must) => (pattern: string, text: string) => {
    try {
      return compile(pattern, true).test(text)
    } catch (error) {
      if (must) throw error
      return false
    }
  }),
  ...pair('regexFindAll', 'string, string, int', findAll),
  ...pair('regexFind', 'string, string', (must) => (pattern: string, text: string) => compile(pattern, must).exec(text)?.[0] ?? ''),
  ...pair('regexReplaceAll', 'string, string, string', (must) => replaceAll(must, false)),
  ...pair('regexReplaceAllLiteral', 'string, string, string', (must) => replaceAll(must, true)),
  ...pair('regexSplit', 'string, string, int', split),
  regexQuoteMeta: goFunction('string', (text: string) => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
}
