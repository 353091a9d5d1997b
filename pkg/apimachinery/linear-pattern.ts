/**
 * Regular expressions of people who are not trusted, for what answers every request: V8's linear engine runs them from the first
 * character on (its `l` flag), and a pattern that it cannot run, such as one with lookaround or back references, is no pattern here.
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--enable-experimental-regexp-engine')

/** What the linear engine repeats by itself; more is written out. */
const engineRepeats = 16
const repeatLimit = 1000
const patternLimit = 8192

/** Throws SyntaxError for what is no pattern, or none that is certain to end in time. ASCII letters match in either case on request. */
export function compileLinear(pattern: string, { ignoreCase = false }: { readonly ignoreCase?: boolean } = {}): RegExp {
  const leading = /^(\^?)\(\?i\)/.exec(pattern)
  const body = leading ? leading[1] + pattern.slice(leading[0].length) : pattern
  const source = written(tokensOf(body), ignoreCase || leading !== null)
  if (source.length > patternLimit) throw new SyntaxError(`Invalid regular expression: /${pattern}/: it is too long`)
  return new RegExp(source, 'l')
}

interface Token {
  readonly kind: 'class' | 'escape' | 'char' | 'open' | 'close' | 'other'
  readonly text: string
  repeat: string
}

const tokenPattern =
  /(?<class>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|(?<escape>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.))|(?<open>\((?:\?:|\?P?<\w+>|\?[=!<][=!]?)?)|(?<close>\))|(?<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|(?<other>[|^$.])|(?<char>[\s\S])/gu

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = []
  for (const { groups = {} } of pattern.matchAll(tokenPattern)) {
    const [kind, text] = Object.entries(groups).find(([, each]) => each !== undefined) as [Token['kind'] | 'repeat', string]
    if (kind !== 'repeat') tokens.push({ kind, text: text.replace('(?P<', '(?<'), repeat: '' })
    else if (tokens.length > 0) tokens.at(-1)!.repeat += text
    else throw new SyntaxError(`Invalid regular expression: /${pattern}/: Nothing to repeat`)
  }
  return tokens
}

function written(tokens: readonly Token[], ignoreCase: boolean): string {
  return tokens.map(({ kind, text, repeat }) => repeated(ignoreCase ? eitherCase(kind, text) : text, kind, repeat)).join('')
}

/** Counted repetitions beyond the engine's are written out: x{20} as xxx…, x{18,20} as that with x?x? behind. */
function repeated(text: string, kind: Token['kind'], repeat: string): string {
  const counted = /^\{(\d+)(,?)(\d*)\}(\??)$/.exec(repeat)
  if (!counted || kind === 'close' || kind === 'open') return text + repeat
  const [least, most] = [Number(counted[1]), counted[2] && !counted[3] ? undefined : Number(counted[3] || counted[1])]
  if (Math.max(least, most ?? 0) <= engineRepeats) return text + repeat
  if (Math.max(least, most ?? 0) > repeatLimit || (most ?? least) < least) throw new SyntaxError(`Invalid regular expression: invalid repetition ${repeat}`)
  const lazy = counted[4]
  return text.repeat(least) + (most === undefined ? `${text}*${lazy}` : `${text}?${lazy}`.repeat(most - least))
}

function eitherCase(kind: Token['kind'], text: string): string {
  if (kind === 'char' && /[a-zA-Z]/.test(text)) return `[${text.toLowerCase()}${text.toUpperCase()}]`
  if (kind !== 'class') return text
  const [, start = '[', inner = ''] = /^(\[\^?)([\s\S]*)\]$/.exec(text) ?? []
  const more = inner.replaceAll(/\\.|([a-zA-Z])(?:-([a-zA-Z]))?/g, (_, from?: string, to?: string) => {
    if (!from) return ''
    const [a, b] = to ? [from, to] : [from, from]
    // Ranges that cross from one case to the other cover both as they are.
    const oneCase = /[a-z]/.test(a) === /[a-z]/.test(b)
    return oneCase ? `${a.toLowerCase()}-${b.toLowerCase()}${a.toUpperCase()}-${b.toUpperCase()}` : ''
  })
  return `${start}${inner}${more}]`
}
