/** A JSON value as Go's fmt.Sprint prints it: "map[a:1 b:2]", "[x y]". */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${members.map(([key, inner]) => `${key}:${goText(inner)}`).join(' ')}]`
}
