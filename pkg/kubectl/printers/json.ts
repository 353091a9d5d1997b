import { escapeMarkup, goJson } from '#apimachinery/codec/go-json.ts'

/** JSON as Go writes maps: keys in order, four columns, markup escaped. What is `ordered` already stays as it is. */
export function toJson(value: unknown, { indent = '    ', ordered = false }: { readonly indent?: string; readonly ordered?: boolean } = {}): string {
  return escapeMarkup(JSON.stringify(ordered ? value : sorted(value), undefined, indent))
}

/** One line, keys in order. */
export function compactJson(value: unknown): string {
  return goJson(value)
}

export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const source = value as Record<string, unknown>
  const target: Record<string, unknown> = {}
  const keys = Object.keys(source).sort()
  // JavaScript puts keys that look like integers first whatever their order; a null-prototype map cannot help, so they are written as they sort.
  for (const key of keys)
    if (source[key] !== undefined) Object.defineProperty(target, key, { value: sorted(source[key]), enumerable: true, writable: true, configurable: true })
  return target
}
