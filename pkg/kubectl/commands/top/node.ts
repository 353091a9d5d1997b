/** kubectl top node. */
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { queryString } from '#client/paths.ts'
import { CommandError, usageError } from '../../errors.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import type { Command } from '../../types.ts'
import { byUsage, checkSort, measured, readMetrics, readUsage, requireMetrics, shownValue, topFlags, usageText } from './usage.ts'

export const command: Command = {
  summary: 'Display resource (CPU/memory) usage of nodes.',
  usage: '[NAME | -l label]',
  flags: [...topFlags, { name: 'show-capacity', type: 'bool', default: 'false', usage: 'Reckon shares of the capacity instead of what is allocatable' }],
  async run(invocation) {
    const { args, flags, session, path, out } = invocation
    if (args.length > 1) throw usageError(path, 'node [NAME | -l label]')
    checkSort(invocation)
    const [name] = args
    const selector = flags.string('selector')
    if (name && selector) throw new CommandError('error: only one of NAME or --selector can be provided')
    const query = queryString({ labelSelector: String(parseLabelSelector(selector)) })
    await requireMetrics(invocation)
    const items = await readMetrics(invocation, '/nodes', name, query)
    if (items.length === 0) throw new CommandError('error: metrics not available yet')
    const nodes = await session.json({ method: 'GET', path: `/api/v1/nodes${name ? `/${encodeURIComponent(name)}` : query}` })
    const known = new Map<string, any>((name ? [nodes] : (nodes.items ?? [])).map((node: any) => [node.metadata.name, node]))
    const resources = measured(invocation)
    const rows = byUsage(
      items.map((item) => ({ name: item.metadata.name, usage: readUsage(item.usage) })),
      ({ usage }) => usage,
      (item) => item.name,
      flags.string('sort-by'),
    ).map((item) => {
      const node = known.get(item.name)
      known.delete(item.name)
      const whole = readUsage({ ...(flags.bool('show-capacity') ? node?.status?.capacity : node?.status?.allocatable), ...swapOf(node) })
      const cells = resources.flatMap((resource) => {
        const of = whole[resource]
        if (of === undefined) return resource === 'swap' && node ? ['<unknown>', '<unknown>'] : [usageText(resource, item.usage[resource])]
        return [
          usageText(resource, item.usage[resource]),
          `${of === 0 ? 0 : Math.trunc((shownValue(resource, item.usage[resource]) / shownValue(resource, of)) * 100)}%`,
        ]
      })
      return [item.name, ...cells, ''].join('\t')
    })
    for (const missing of known.keys()) rows.push([missing, ...resources.flatMap(() => ['<unknown>', '<unknown>']), ''].join('\t'))
    const header = ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', ...(resources.includes('swap') ? ['SWAP(bytes)', 'SWAP(%)'] : []), ''].join(
      '\t',
    )
    out(`${alignTabs([...(flags.bool('no-headers') ? [] : [header]), ...rows].join('\n'), tableColumns)}\n`)
  },
}

function swapOf(node: any): Record<string, string> {
  const capacity = node?.status?.nodeInfo?.swap?.capacity
  return capacity === undefined ? {} : { swap: String(capacity) }
}
