/** What both kinds of top have in common: the metrics API, usage as text, and the order. */
import { Quantity } from '#apimachinery/quantity.ts'
import { CommandError } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import type { Invocation } from '../../types.ts'

const metricsPath = '/apis/metrics.k8s.io/v1beta1'
export type Usage = Readonly<Record<string, number>>

export const topFlags: readonly FlagSpec[] = [
  { name: 'no-headers', type: 'bool', default: 'false', usage: 'Print output without headers' },
  { name: 'selector', short: 'l', type: 'string', usage: 'Label selector to filter on' },
  { name: 'show-swap', type: 'bool', default: 'false', usage: 'Print resources related to swap memory' },
  { name: 'sort-by', type: 'string', usage: "Sort by 'cpu' or 'memory'" },
  { name: 'use-protocol-buffers', type: 'bool', default: 'true', usage: 'Accepted for compatibility; metrics are read as JSON' },
]

export function checkSort({ flags }: Invocation): void {
  if (!['', 'cpu', 'memory'].includes(flags.string('sort-by'))) throw new CommandError('error: --sort-by accepts only cpu or memory')
}

export async function requireMetrics({ session }: Invocation): Promise<void> {
  const { groupVersions } = await session.catalog()
  if (!groupVersions.some(({ group, version }) => group === 'metrics.k8s.io' && version === 'v1beta1'))
    throw new CommandError('error: Metrics API not available')
}

/** What is measured now: of the one that is named, or of all that the query selects. A list without any may come without items. */
export async function readMetrics({ session }: Invocation, path: string, name: string | undefined, query: string): Promise<readonly any[]> {
  const answer = await session.json({ method: 'GET', path: `${metricsPath}${path}${name ? `/${encodeURIComponent(name)}` : query}` })
  return name ? [answer] : (answer.items ?? [])
}

export function measured({ flags }: Invocation): readonly string[] {
  return flags.bool('show-swap') ? ['cpu', 'memory', 'swap'] : ['cpu', 'memory']
}

/** CPU in billionths, as metrics servers tell it, so that sums are exact and rounded once; all else in units. */
export function readUsage(usage: Record<string, string> | null | undefined): Usage {
  return Object.fromEntries(
    Object.entries(usage ?? {}).map(([name, text]) => [
      name,
      Math.ceil(Number((Quantity.parse(text).toNumber() * (name === 'cpu' ? 1e9 : 1)).toPrecision(15))),
    ]),
  )
}

/** CPU in thousandths, rounded up; all else as it is. */
export function shownValue(resource: string, value = 0): number {
  return resource === 'cpu' ? Math.ceil(value / 1e6) : value
}

export function addUsage(all: readonly Usage[]): Usage {
  const total: Record<string, number> = {}
  for (const each of all) for (const [name, value] of Object.entries(each)) total[name] = (total[name] ?? 0) + value
  return total
}

export function usageText(resource: string, value = 0): string {
  return resource === 'cpu' ? `${shownValue(resource, value)}m` : `${Math.floor(value / (1 << 20))}Mi`
}

/** The most first. */
export function byUsage<T>(items: readonly T[], usageOf: (item: T) => Usage, nameOf: (item: T) => string, sortBy: string): T[] {
  return items.toSorted((a, b) => {
    const difference = sortBy === '' ? 0 : shownValue(sortBy, usageOf(b)[sortBy]) - shownValue(sortBy, usageOf(a)[sortBy])
    return difference !== 0 || sortBy !== '' ? difference : nameOf(a) < nameOf(b) ? -1 : 1
  })
}
