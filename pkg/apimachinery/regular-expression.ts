/**
 * Regular expressions as users of Go write them (RE2), run by JavaScript's. V8 is told to change to its linear engine
 * when a pattern begins to backtrack without end, so that no pattern can hold up the server.
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
setFlagsFromString('--regexp-backtracks-before-fallback=20000')

const maxCached = 1000
const cache = new Map<string, RegExp>()

/** Throws SyntaxError when it is none. */
export function compilePattern(pattern: string, flags = ''): RegExp {
  const key = `${flags}/${pattern}`
  let compiled = cache.get(key)
  if (!compiled) {
    compiled = compile(pattern, flags)
    if (cache.size >= maxCached) cache.delete(cache.keys().next().value!)
    cache.set(key, compiled)
  }
  compiled.lastIndex = 0
  return compiled
}

function compile(pattern: string, flags: string): RegExp {
  refuseUnsupported(pattern)
  const { source, inline } = translate(pattern)
  const all = [...new Set(flags + inline)].join('')
  // With the u flag V8 does not change engines: only what cannot be said without it is compiled so.
  try {
    return new RegExp(source, needsUnicode.test(source) ? `${all}u` : all)
  } catch (error) {
    throw new SyntaxError(goWords(pattern, error as Error), { cause: error })
  }
}

/** The commonest mistakes in Go's words. */
function goWords(pattern: string, { message }: Error): string {
  if (message.endsWith('Unterminated group')) return `error parsing regexp: missing closing ): \`${pattern}\``
  if (message.endsWith("Unmatched ')'")) return `error parsing regexp: unexpected ): \`${pattern}\``
  if (message.endsWith('Unterminated character class')) return `error parsing regexp: missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``
  const repeated = message.endsWith('Nothing to repeat') ? /^[*+?]|(?<=[(|])[*+?]/.exec(pattern)?.[0] : undefined
  return repeated === undefined ? message : `error parsing regexp: missing argument to repetition operator: \`${repeated}\``
}

/** Looking around and back is what RE2 cannot do. */
function refuseUnsupported(pattern: string): void {
  const bare = pattern.replaceAll(/\\Q.*?(?:\\E|$)/gs, '').replaceAll(/\\[^1-9]|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]/gs, '')
  const around = /\(\?<?[=!]/.exec(bare)?.[0]
  if (around) throw new SyntaxError(`error parsing regexp: invalid or unsupported Perl syntax: \`${around}\``)
  const back = /\\[1-9]/.exec(bare)?.[0]
  if (back) throw new SyntaxError(`error parsing regexp: invalid escape sequence: \`${back}\``)
}

/** Classes by Unicode property, code points in braces, characters beyond the basic plane. */
const needsUnicode = /\\[pP]\{|\\u\{|[\u{10000}-\u{10FFFF}]/u

const posixClasses: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** Flags in the midst of a pattern hold to the end of their group, further alternatives too; JavaScript wants a group for them. */
function scoped(pattern: string): string {
  if (!/\(\?[ims]*-?[ims]+\)/.test(pattern)) return pattern
  let out = ''
  /** Of each group that is open: the groups that flags have opened in it. */
  const opened: string[][] = [[]]
  const close = (): string => ')'.repeat(opened.at(-1)!.length)
  const tokens = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\w+:\]|\\[\s\S]|[^\]\\])*\]|\(\?([ims]*(?:-[ims]+)?)\)|[\s\S]/g
  for (const [token, flags] of pattern.matchAll(tokens)) {
    if (flags) {
      opened.at(-1)!.push(`(?${flags}:`)
      out += `(?${flags}:`
    } else if (token === '(') {
      opened.push([])
      out += token
    } else if (token === ')' && opened.length > 1) {
      out += close() + token
      opened.pop()
    } else if (token === '|') out += `${close()}|${opened.at(-1)!.join('')}`
    else out += token
  }
  return out + close()
}

/** What RE2 writes otherwise than JavaScript. */
function translate(pattern: string): { source: string; inline: string } {
  let inline = ''
  const leading = /^\(\?([ims]+)\)/.exec(pattern)
  const body = leading ? pattern.slice(leading[0].length) : pattern
  if (leading) inline = leading[1]!
  const source = scoped(body)
    .replaceAll(/\\Q(.*?)(?:\\E|$)/gs, (_, text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole)
    .replaceAll(/\\([pP])([A-Z])/g, '\\$1{$2}')
    .replaceAll(/\\x\{([0-9a-fA-F]+)\}/g, '\\u{$1}')
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
  return { source, inline }
}
