/** Describing anything else: its fields in words. */
import type { Description } from './text.ts'
import type { Describer } from './types.ts'

export const describeGeneric: Describer = (out, { object }) => {
  const { metadata } = object
  out
    .line(0, 'Name:', metadata.name)
    .line(0, 'Namespace:', metadata.namespace ?? '')
    .map('Labels', metadata.labels)
    .annotations(metadata.annotations)
  fields(out, object, 0, new Set(['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.managedFields']), '')
}

function fields(out: Description, value: any, level: number, skipped: ReadonlySet<string>, prefix: string): void {
  const entries = Object.entries(value).map(([key, inner]) => ({ key, title: titleOf(key), inner, path: `${prefix}${key}` }))
  for (const { title, inner, path } of entries.sort((a, b) => (a.key < b.key ? -1 : 1))) {
    if (skipped.has(path) || inner === undefined) continue
    if (Array.isArray(inner)) {
      out.line(level, `${title}:`)
      for (const each of inner) {
        if (typeof each === 'object' && each !== null && !Array.isArray(each)) fields(out, each, level + 1, skipped, `${path}.`)
        else out.line(level + 1, goText(each))
      }
    } else if (typeof inner === 'object' && inner !== null) {
      out.line(level, `${title}:`)
      fields(out, inner, level + 1, skipped, `${path}.`)
    } else out.line(level, `${title}:`, goText(inner))
  }
}

/** A value as Go prints one: "[1 map[a:b]]". */
function goText(value: any): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`
}

/** "apiVersion" → "API Version" (upstream's smartLabelFor over camel case). */
function titleOf(key: string): string {
  if (!/^[\p{L}-]*$/u.test(key)) return key
  const parts = key.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-+/g) ?? [key]
  // "podCIDRs" is of "pod" and "CIDRs": capitals belong with what begins with one.
  const words: string[] = []
  for (let at = 0; at < parts.length; at++) {
    const next = parts[at + 1] ?? ''
    if (/^[A-Z]{2,}$/.test(parts[at]!) && /^[A-Z]/.test(next)) words.push(parts[at++]! + next)
    else words.push(parts[at]!)
  }
  return words.map((word) => (/^(api|url|uid|guid)$/i.test(word) ? word.toUpperCase() : word[0]!.toUpperCase() + word.slice(1))).join(' ')
}
