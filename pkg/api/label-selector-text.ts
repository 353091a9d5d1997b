/** A label selector in string form: "app=web,tier in (a,b),!old", by key. */
import type { LabelSelector } from '#apimachinery/object.ts'

export function selectorText(selector: LabelSelector | undefined): string {
  const requirements: [string, string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`])
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const set = [...(values ?? [])].sort().join(',')
    if (operator === 'In') requirements.push([key, `${key} in (${set})`])
    else if (operator === 'NotIn') requirements.push([key, `${key} notin (${set})`])
    else requirements.push([key, operator === 'Exists' ? key : `!${key}`])
  }
  return requirements
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',')
}

/** The same for a cell of a table. */
export function selectorCell(selector: LabelSelector | undefined): string {
  return selectorText(selector) || '<none>'
}
