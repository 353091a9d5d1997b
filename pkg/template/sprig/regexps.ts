/** Sprig's regular expressions: RE2's syntax, Go's templates for replacement. */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { goFunction } from '../exec/signature.ts'
import { quote } from '../print/quote.ts'
import type { GoFunction, Value } from '../types.ts'
import { nilSlice, ofType } from '../values.ts'

function compile(pattern: string, must: boolean): RegExp {
  try {
    return compilePattern(pattern, 'g')
  } catch (error) {
    const { message } = error as Error
    // Go's functions without must panic, by regexp.MustCompile.
    throw new Error(must ? message : `regexp: Compile(${pattern.includes('`') ? quote(pattern) : `\`${pattern}\``}): ${message}`, { cause: error })
  }
}

/** Go takes no empty match right after another, and none in the midst of a character. */
function* matchesOf(expression: RegExp, text: string): Generator<RegExpExecArray> {
  let end = -1
  for (const match of text.matchAll(expression)) {
    const isWithin = /[\udc00-\udfff]/.test(text[match.index] ?? '') && /[\ud800-\udbff]/.test(text[match.index - 1] ?? '')
    if (match[0] === '' && (match.index === end || isWithin)) continue
    end = match.index + match[0].length
    yield match
  }
}

const strings = (list: string[]): Value => ofType('[]string', list)

function findAll(must: boolean) {
  return (pattern: string, text: string, count: bigint): Value => {
    const found = [...matchesOf(compile(pattern, must), text)].map(([whole]) => whole)
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
    for (const match of matchesOf(compile(pattern, must), text)) {
      out += text.slice(end, match.index) + (literal ? replacement : expand(replacement, match))
      end = match.index + match[0].length
    }
    return out + text.slice(end)
  }
}

function split(must: boolean) {
  return (pattern: string, text: string, count: bigint): Value => {
    const n = Number(count)
    const matches = matchesOf(compile(pattern, must), text)
    if (n === 0) return nilSlice('[]string')
    if (pattern !== '' && text === '') return strings([''])
    const parts: string[] = []
    let begin = 0
    let end = 0
    for (const match of matches) {
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
