/** kubectl top pod. */
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { queryString } from '#client/paths.ts'
import { CommandError, usageError } from '../../errors.ts'
import { alignTabs, tableColumns } from '../../printers/tab-writer.ts'
import { goDuration } from '../../printers/go-duration.ts'
import type { Command, Invocation } from '../../types.ts'
import { addUsage, byUsage, checkSort, measured, readMetrics, readUsage, requireMetrics, topFlags, type Usage, usageText } from './usage.ts'

/** Younger pods may well have no metrics yet. */
const metricsDelayMs = 2 * 60_000

export const command: Command = {
  summary: 'Display resource (CPU/memory) usage of pods.',
  usage: '[NAME | -l label]',
  flags: [
    ...topFlags,
    { name: 'all-namespaces', short: 'A', type: 'bool', default: 'false', usage: 'Across all namespaces' },
    { name: 'containers', type: 'bool', default: 'false', usage: 'Print usage of containers within a pod' },
    { name: 'field-selector', type: 'string', usage: 'Field selector to filter on' },
    { name: 'sum', type: 'bool', default: 'false', usage: 'Print the sum of the resource usage' },
  ],
  run,
}

interface PodUsage {
  readonly name: string
  readonly namespace: string
  readonly usage: Usage
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[]
}

async function run(invocation: Invocation): Promise<void> {
  const { args, flags, session, path, err } = invocation
  if (args.length > 1) throw usageError(path, 'pod [NAME | -l label]')
  checkSort(invocation)
  const [name] = args
  const labelSelector = flags.string('selector')
  const fieldSelector = flags.string('field-selector')
  if (name && (labelSelector || fieldSelector)) throw new CommandError('error: only one of NAME or selector can be provided')
  const query = queryString({ labelSelector: String(parseLabelSelector(labelSelector)), fieldSelector: String(parseFieldSelector(fieldSelector)) })
  await requireMetrics(invocation)
  const all = flags.bool('all-namespaces')
  const namespace = await session.namespace()
  const own = `/namespaces/${encodeURIComponent(namespace)}`
  const items = await readMetrics(invocation, `${all ? '' : own}/pods`, name, query)
  if (items.length === 0) {
    // With --all-namespaces, too, upstream looks for the cause in the namespace it is in.
    await explainEmpty(invocation, `/api/v1${own}/pods${query}`)
    return err(all ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`)
  }
  print(invocation, items.map(readPod))
}

function readPod({ metadata, containers }: any): PodUsage {
  const each = (containers ?? []).map(({ name, usage }: any) => ({ name, usage: readUsage(usage) }))
  return { name: metadata.name, namespace: metadata.namespace, containers: each, usage: addUsage(each.map(({ usage }: any) => usage)) }
}

async function explainEmpty({ session, now }: Invocation, path: string): Promise<void> {
  const pods: any[] = (await session.json({ method: 'GET', path })).items ?? []
  if (pods.length === 0) return
  for (const { metadata } of pods) {
    const age = now() - Date.parse(metadata.creationTimestamp)
    if (age > metricsDelayMs) throw new CommandError(`error: Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${goDuration(age)}`)
  }
  throw new CommandError('error: metrics not available yet')
}

function print(invocation: Invocation, pods: readonly PodUsage[]): void {
  const { flags, out } = invocation
  const resources = measured(invocation)
  const withNamespace = flags.bool('all-namespaces')
  const withContainers = flags.bool('containers')
  const sortBy = flags.string('sort-by')
  const columns = ['NAME', 'CPU(cores)', 'MEMORY(bytes)', ...(resources.includes('swap') ? ['SWAP(bytes)'] : [])]
  const header = [...(withNamespace ? ['NAMESPACE'] : []), ...(withContainers ? ['POD'] : []), ...columns, '']
  const cells = (usage: Usage): string[] => resources.map((resource) => usageText(resource, usage[resource]))
  const rows = byUsage(
    pods,
    ({ usage }) => usage,
    ({ namespace, name }) => (withNamespace ? `${namespace}\u0000${name}` : name),
    sortBy,
  ).flatMap((pod) => {
    const first = withNamespace ? [pod.namespace] : []
    if (!withContainers) return [[...first, pod.name, ...cells(pod.usage), '']]
    return byUsage(
      pod.containers,
      ({ usage }) => usage,
      ({ name }) => name,
      sortBy,
    ).map(({ name, usage }) => [...first, pod.name, name, ...cells(usage), ''])
  })
  if (flags.bool('sum')) {
    const width = columns.length + (flags.bool('no-headers') ? 0 : header.length - columns.length - 1)
    const blank = (count: number): string[] => Array.from({ length: Math.max(0, count) }, () => '')
    rows.push([...blank(width - 2), '________', '________', ''], [...blank(width - 3), '', ...cells(addUsage(pods.map(({ usage }) => usage))), ''])
  }
  out(`${alignTabs([...(flags.bool('no-headers') ? [] : [header]), ...rows].map((row) => row.join('\t')).join('\n'), tableColumns)}\n`)
}
