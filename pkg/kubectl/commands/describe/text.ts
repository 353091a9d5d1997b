/** Lines of a description: indented by levels, columns apart by tabs. */
import { escapeTerminal } from '../../printers/terminal.ts'

export class Description {
  #text = ''

  /** One line; cells after the first are in columns. */
  line(level: number, ...cells: unknown[]): this {
    this.#text += `${'  '.repeat(level)}${cells.map((cell) => escapeTerminal(String(cell ?? ''))).join('\t')}\n`
    return this
  }

  /** "Labels:  a=b" with further pairs below one another; `inner` indents the pairs too, as upstream does in what is nested. */
  map(title: string, values: Record<string, string> | undefined, level = 0, separator = '=', inner = 0): this {
    const pairs = Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
    const indent = '  '.repeat(inner)
    if (pairs.length === 0) return this.line(level, `${title}:`, `${indent}<none>`)
    for (const [index, [key, value]] of pairs.entries())
      this.line(index === 0 ? level : 0, index === 0 ? `${title}:` : '', `${indent}${key}${separator}${value}`)
    return this
  }

  /** As `map`, without the annotations that say nothing to a reader; long values stand on lines of their own. */
  annotations(values: Record<string, string> | undefined, level = 0, inner = 0): this {
    const pairs = Object.entries(values ?? {})
      .filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration')
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const indent = '  '.repeat(inner)
    if (pairs.length === 0) return this.line(level, 'Annotations:', `${indent}<none>`)
    for (const [index, [key, value]] of pairs.entries()) {
      const title = index === 0 ? 'Annotations:' : ''
      const at = index === 0 ? level : 0
      const text = value.replace(/\n$/, '')
      if (Buffer.byteLength(text) + Buffer.byteLength(key) + 2 > 140 || text.includes('\n')) {
        this.line(at, title, `${indent}${key}:`)
        for (const line of text.split('\n')) this.line(0, '', `  ${shorten(line, 138)}`)
      } else this.line(at, title, `${indent}${key}: ${text}`)
    }
    return this
  }

  raw(text: string): this {
    this.#text += text
    return this
  }

  toString(): string {
    return this.#text
  }
}

/** At most so many bytes, as the original counts. */
export function shorten(text: string, most: number): string {
  return Buffer.byteLength(text) > most ? `${Buffer.from(text).subarray(0, most).toString()}...` : text
}

/** "Mon, 02 Jan 2006 15:04:05 -0700". */
export function rfc1123(time: string | undefined): string {
  if (!time) return '<unset>'
  const date = new Date(time)
  const offset = -date.getTimezoneOffset()
  const local = new Date(date.getTime() + offset * 60_000).toUTCString().replace(' GMT', '')
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${local} ${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
}

/** As `rfc1123`, but a time that is not set is the first of all, as the original tells those of conditions. */
export function conditionTime(time: string | undefined): string {
  return time ? rfc1123(time) : 'Mon, 01 Jan 0001 00:00:00 +0000'
}

/** "a=b,c=d" on one line. */
export function flatPairs(values: Record<string, string> | undefined): string {
  const pairs = Object.entries(values ?? {}).map(([key, value]) => `${key}=${value}`)
  return pairs.sort().join(',') || '<none>'
}
