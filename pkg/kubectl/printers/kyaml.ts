/** KYAML (KEP 5295): YAML in flow style, strings always quoted, texts of several lines folded so that they can be read. */
import { isPlainString } from '#template/yaml/resolve.ts'

/** Keys by their bytes, or with `ordered` as they stand. */
export function toKyaml(value: unknown, { ordered = false }: { readonly ordered?: boolean } = {}): string {
  return `---\n${node(value, 0, ordered)}\n`
}

function node(value: unknown, depth: number, ordered: boolean): string {
  if (typeof value === 'string') return quoted(value, depth + 1)
  if (typeof value !== 'object' || value === null) return String(value ?? 'null')
  const margin = '  '.repeat(depth)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    if (value.every((each) => typeof each === 'object' && each !== null)) return `[${value.map((each) => node(each, depth, ordered)).join(', ')}]`
    return `[\n${value.map((each) => `${margin}  ${node(each, depth + 1, ordered)},\n`).join('')}${margin}]`
  }
  const keys = Object.keys(value).filter((key) => (value as any)[key] !== undefined)
  if (keys.length === 0) return '{}'
  const lines = (ordered ? keys : keys.sort()).map((key) => `${margin}  ${keyText(key)}: ${node((value as any)[key], depth + 1, ordered)},\n`)
  return `{\n${lines.join('')}${margin}}`
}

/** Letters, digits and underscores, with dashes, dots and slashes between them, where no reader could take them for another type. */
function keyText(key: string): string {
  return /^[\p{L}\p{N}_]([\p{L}\p{N}_./-]*[\p{L}\p{N}_])?$/u.test(key) && !isAmbiguous(key) ? key : `"${[...key].map((rune) => escaped(rune, true)).join('')}"`
}

/** As Go's strconv takes numbers, with YAML 1.1's underscores, and its words for booleans. */
function isAmbiguous(text: string): boolean {
  if (!isPlainString(text) || /^(null|true|false|yes|no|on|off|[yntf01])$/i.test(text)) return true
  const bare = text.replaceAll('_', '')
  return (
    /^[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|\d+)$/.test(bare) ||
    /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(bare) ||
    /^[-+]?(inf|infinity|nan)$/i.test(bare) ||
    /^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text)
  )
}

function quoted(text: string, depth: number): string {
  if (!text.includes('\n')) return `"${[...text].map((rune) => escaped(rune, false)).join('')}"`
  const margin = '  '.repeat(depth)
  // Blanks that lead a line would be lost in the fold: a backslash keeps them, a blank in its place keeps the columns.
  const lines = text.split('\n').map((line, index, all) => {
    const isLast = index === all.length - 1
    if (isLast && line === '') return ''
    const lead = /^\s/u.test(line) ? '\\' : ' '
    return `${margin}${lead}${[...line].map((rune) => escaped(rune, false)).join('')}${isLast ? '' : '\\n'}\\\n`
  })
  return `"\\\n${lines.join('')}${margin}"`
}

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\r': '\\r',
  '\v': '\\v',
  '\0': '\\0',
  '\u001b': '\\e',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

/** A tab stands as it is but in keys. */
function escaped(rune: string, isKey: boolean): string {
  if (rune === '\t') return isKey ? '\\t' : '\t'
  const name = named[rune]
  if (name !== undefined) return name
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(rune)) return rune
  const code = rune.codePointAt(0)!
  const hex = (digits: number): string => code.toString(16).padStart(digits, '0')
  if (code < 0x20 || code === 0x7f) return `\\x${hex(2)}`
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`
}
