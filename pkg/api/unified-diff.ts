/**
 * A unified diff of two objects' indented JSON, with three lines of context: what upstream puts behind
 * "may not change fields other than" (apimachinery's pkg/util/diff).
 */
import type { TypeSchema } from '#apimachinery/schema/types.ts'
import { internalForm } from './internal-form.ts'
import { matchingBlocks } from './matching-blocks.ts'

const context = 3

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

/** Of two values of one type, in the form that validation sees them in. */
export function unifiedDiff(schema: TypeSchema, before: unknown, after: unknown): string {
  return linesApart(linesOf(internalForm(schema, before)), linesOf(internalForm(schema, after)))
}

export function linesApart(before: readonly string[], after: readonly string[]): string {
  return hunks(editsBetween(before, after)).join('')
}

const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' }

/** As Go writes JSON. */
function linesOf(value: unknown): string[] {
  return JSON.stringify(value, undefined, 1)
    .replaceAll(/[<>&\u2028\u2029]/g, (character) => escapes[character]!)
    .split('\n')
}

function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  const edits: Edit[] = []
  let [i, j] = [0, 0]
  const until = (inA: number, inB: number): void => {
    while (i < inA) edits.push({ sign: '-', line: a[i++]! })
    while (j < inB) edits.push({ sign: '+', line: b[j++]! })
  }
  for (const { inA, inB, size } of matchingBlocks(a, b)) {
    until(inA, inB)
    for (const line of a.slice(inA, inA + size)) edits.push({ sign: ' ', line })
    ;[i, j] = [inA + size, inB + size]
  }
  until(a.length, b.length)
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
