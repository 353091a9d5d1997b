/**
 * A unified diff of two objects' indented JSON, with three lines of context: what upstream puts behind
 * "may not change fields other than" (apimachinery's pkg/util/diff).
 */
const context = 3

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

export function unifiedDiff(before: unknown, after: unknown): string {
  const edits = editsBetween(linesOf(before), linesOf(after))
  return hunks(edits).join('')
}

function linesOf(value: unknown): string[] {
  return JSON.stringify(value, undefined, 1).split('\n')
}

/** By the longest common subsequence; what is alike at both ends is left out of the table. */
function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const keep = (line: string): Edit => ({ sign: ' ', line })
  const middle = longestCommon(a.slice(start, a.length - end), b.slice(start, b.length - end))
  return [...a.slice(0, start).map(keep), ...middle, ...a.slice(a.length - end).map(keep)]
}

function longestCommon(a: readonly string[], b: readonly string[]): Edit[] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const edits: Edit[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ sign: ' ', line: a[i++]! })
      j++
    } else if (i < a.length && (j === b.length || lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) edits.push({ sign: '-', line: a[i++]! })
    else edits.push({ sign: '+', line: b[j++]! })
  }
  return edits
}

function hunks(edits: readonly Edit[]): string[] {
  const changed = edits.flatMap(({ sign }, position) => (sign === ' ' ? [] : [position]))
  const spans: [number, number][] = []
  for (const position of changed) {
    const last = spans.at(-1)
    if (last && position - context <= last[1]) last[1] = Math.min(edits.length, position + context + 1)
    else spans.push([Math.max(0, position - context), Math.min(edits.length, position + context + 1)])
  }
  return spans.map(([from, to]) => hunk(edits, from, to))
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const count = (start: number, end: number, other: '-' | '+') => edits.slice(start, end).filter(({ sign }) => sign !== other).length
  const range = (other: '-' | '+') => {
    const length = count(from, to, other)
    const first = count(0, from, other) + (length === 0 ? 0 : 1)
    return length === 1 ? String(first) : `${first},${length}`
  }
  const body = edits.slice(from, to).map(({ sign, line }) => `${sign}${line}\n`)
  return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`
}
