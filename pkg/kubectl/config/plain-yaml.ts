/**
 * The YAML that kubeconfigs are written in (block mappings and sequences of plain and quoted words), read without the
 * YAML library: loading that takes longer than all else that a short command does. Whatever else YAML has, and any
 * doubt, is left to the library.
 */

/** Undefined: not plain enough, ask the library. */
export function readPlainYaml(text: string): unknown {
  const lines: Line[] = []
  for (const line of text.split('\n')) {
    const content = line.trimEnd()
    if (content === '' || /^ *#/.test(content)) continue
    // Whitespace that trimEnd knows and YAML does not, tabs, and carriage returns inside.
    if (/[^\x20-\x7e]/.test(content)) return undefined
    const indent = content.length - content.trimStart().length
    lines.push({ indent, content: content.slice(indent) })
  }
  if (lines[0]?.content === '---') lines.shift()
  if (lines.length === 0) return undefined
  const reader = new Reader(lines)
  try {
    const value = reader.block(lines[0]!.indent)
    return reader.isAtEnd() ? value : undefined
  } catch (error) {
    if (error === notPlain) return undefined
    throw error
  }
}

interface Line {
  readonly indent: number
  readonly content: string
}

const notPlain = new Error('more than plain YAML')
const deepest = 50

class Reader {
  readonly #lines: Line[]
  #at = 0
  #depth = 0

  constructor(lines: Line[]) {
    this.#lines = lines
  }

  isAtEnd(): boolean {
    return this.#at === this.#lines.length
  }

  block(indent: number): unknown {
    if (++this.#depth > deepest) throw notPlain
    const first = this.#lines[this.#at]!
    const value = isItem(first.content) ? this.#sequence(indent) : this.#mapping(indent)
    this.#depth--
    return value
  }

  #sequence(indent: number): unknown[] {
    const items: unknown[] = []
    for (let line = this.#lines[this.#at]; line && line.indent === indent && isItem(line.content); line = this.#lines[this.#at]) {
      const rest = line.content.slice(1).trimStart()
      if (rest === '' || isItem(rest)) throw notPlain
      if (keyOf(rest) === undefined) {
        this.#at++
        items.push(scalar(rest))
        continue
      }
      // "- key: value" begins a mapping where its key stands.
      const inner = indent + line.content.length - rest.length
      this.#lines[this.#at] = { indent: inner, content: rest }
      items.push(this.block(inner))
    }
    return items
  }

  #mapping(indent: number): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (let line = this.#lines[this.#at]; line && line.indent === indent && !isItem(line.content); line = this.#lines[this.#at]) {
      const key = keyOf(line.content)
      if (key === undefined || key === '__proto__' || Object.hasOwn(members, key)) throw notPlain
      const rest = line.content.slice(key.length + 1).trimStart()
      this.#at++
      const next = this.#lines[this.#at]
      if (rest !== '') members[key] = scalar(rest)
      else if (next && (next.indent > indent || (next.indent === indent && isItem(next.content)))) members[key] = this.block(next.indent)
      else members[key] = null
    }
    const next = this.#lines[this.#at]
    if (next && next.indent > indent) throw notPlain
    return members
  }
}

const isItem = (content: string): boolean => content === '-' || content.startsWith('- ')

function keyOf(content: string): string | undefined {
  return /^([A-Za-z][\w./-]*):(?: |$)/.exec(content)?.[1]
}

function scalar(text: string): unknown {
  if (text === '{}') return {}
  if (text === '[]') return []
  if (/^"[^"\\]*"$/.test(text) || /^'[^']*'$/.test(text)) return text.slice(1, -1)
  if (/^[-?:,[\]{}#&*!|>'"%@`.+~]/.test(text) || /: | #|:$/.test(text)) throw notPlain
  if (/^(true|false)$/.test(text)) return text === 'true'
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  // Other numbers, and words that mean something.
  if (/^[0-9][0-9._eExXoO+-]*$|^0[xo]/.test(text) || /^(null|true|false|yes|no|on|off|y|n)$/i.test(text)) throw notPlain
  return text
}
