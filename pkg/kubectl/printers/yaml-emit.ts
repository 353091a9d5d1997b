/** One scalar in libyaml's styles: which style its characters allow, and where long lines break. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal'

/** How far the line is written. */
export interface Column {
  readonly at: number
}

const bestWidth = 80

interface Allowed {
  readonly plain: boolean
  readonly single: boolean
  readonly block: boolean
}

export function writeScalar(value: string, wanted: ScalarStyle, indent: number, column: Column, isKey: boolean): string {
  const allowed = analyze(value)
  let style = wanted
  if (style === 'plain' && !allowed.plain) style = 'single'
  if (style === 'plain' && value === '' && isKey) style = 'single'
  if (style === 'single' && !allowed.single) style = 'double'
  if (style === 'literal' && (!allowed.block || isKey)) style = 'double'
  switch (style) {
    case 'plain':
      return ` ${folded(value, column.at + 1, indent, !isKey, false)}`
    case 'single':
      return ` '${folded(value.replaceAll("'", "''"), column.at + 2, indent, !isKey, true)}'`
    case 'double':
      return ` "${doubleQuoted(value, column.at + 2, indent, !isKey)}"`
    case 'literal':
      return ` |${hints(value)}\n${literal(value, indent)}`
  }
}

function isPrintable(code: number): boolean {
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) return true
  return code >= 0xa0 && code <= 0xffff && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfeff && code !== 0xfffe && code !== 0xffff
}

const isBreak = (char: string | undefined): boolean => char === '\n' || char === '\r' || char === '\x85' || char === '\u2028' || char === '\u2029'
const isBlankOrEnd = (char: string | undefined): boolean => char === undefined || char === ' ' || char === '\t' || isBreak(char)

function analyze(value: string): Allowed {
  const chars = [...value]
  let indicators = value.startsWith('---') || value.startsWith('...')
  let special = false
  let lineBreaks = false
  let spaceBreak = false
  let breakSpace = false
  let previousSpace = false
  let previousBreak = false
  for (const [at, char] of chars.entries()) {
    const followed = isBlankOrEnd(chars[at + 1])
    if (at === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(char)) indicators = true
      else if ((char === '?' || char === ':' || char === '-') && followed) indicators = true
    } else if (char === ':' && followed) indicators = true
    else if (char === '#' && isBlankOrEnd(chars[at - 1])) indicators = true
    if (!isPrintable(char.codePointAt(0)!)) special = true
    if (char === ' ') {
      if (previousBreak) breakSpace = true
      previousSpace = true
      previousBreak = false
    } else if (isBreak(char)) {
      lineBreaks = true
      if (previousSpace) spaceBreak = true
      previousBreak = true
      previousSpace = false
    } else {
      previousSpace = false
      previousBreak = false
    }
  }
  const first = chars[0]
  const last = chars.at(-1)
  const edges = first === ' ' || isBreak(first) || last === ' ' || isBreak(last)
  const broken = spaceBreak || special
  return {
    plain: !indicators && !edges && !breakSpace && !broken && !lineBreaks,
    single: !breakSpace && !broken,
    block: last !== ' ' && !broken,
  }
}

function folded(value: string, column: number, indent: number, mayBreak: boolean, quoted: boolean): string {
  if (!mayBreak || column + value.length <= bestWidth) return value
  const chars = [...value]
  let out = ''
  let at = column
  let spaces = false
  for (const [index, char] of chars.entries()) {
    const inside = !quoted || (index > 0 && index < chars.length - 1)
    if (char === ' ' && !spaces && at > bestWidth && inside && chars[index + 1] !== ' ') {
      out += `\n${' '.repeat(indent)}`
      at = indent
    } else {
      out += char
      at++
    }
    spaces = char === ' '
  }
  return out
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function doubleQuoted(value: string, column: number, indent: number, mayBreak: boolean): string {
  const chars = [...value]
  let out = ''
  let at = column
  let spaces = false
  for (const [index, char] of chars.entries()) {
    const code = char.codePointAt(0)!
    if (!isPrintable(code) || isBreak(char) || char === '"' || char === '\\') {
      const text = escapes[char] ?? escapedCode(code)
      out += text
      at += text.length
      spaces = false
    } else if (char === ' ') {
      if (mayBreak && !spaces && at > bestWidth && index > 0 && index < chars.length - 1) {
        out += `\n${' '.repeat(indent)}`
        at = indent
        if (chars[index + 1] === ' ') {
          out += '\\'
          at++
        }
      } else {
        out += char
        at++
      }
      spaces = true
    } else {
      out += char
      at++
      spaces = false
    }
  }
  return out
}

function escapedCode(code: number): string {
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

function hints(value: string): string {
  const indentHint = value[0] === ' ' || isBreak(value[0]) ? '2' : ''
  if (!isBreak(value.at(-1))) return `${indentHint}-`
  return value.length === 1 || isBreak(value.at(-2)) ? `${indentHint}+` : indentHint
}

function literal(value: string, indent: number): string {
  const margin = ' '.repeat(indent)
  const body = value.endsWith('\n') ? value.slice(0, -1) : value
  return body
    .split('\n')
    .map((line) => (line === '' ? '' : margin + line))
    .join('\n')
}
