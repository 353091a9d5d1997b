/** `helm list` */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { parseSelector } from '#client/selector.ts'
import { jsonString } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { withContext } from '../actions/context.ts'
import { drawTable, formatOf, outputFlag, printFormatted } from '../output/table.ts'
import { objectJson } from '../release/encode.ts'
import type { Release, ReleaseStatus } from '../release/release.ts'
import { epochMs, plainTime } from '../release/time.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

const states: Readonly<Record<string, readonly ReleaseStatus[]>> = {
  deployed: ['deployed'],
  uninstalled: ['uninstalled'],
  uninstalling: ['uninstalling'],
  pending: ['pending-install', 'pending-rollback', 'pending-upgrade'],
  failed: ['failed'],
  superseded: ['superseded'],
}

export const chartName = ({ chart }: Release): string => (chart ? `${chart.metadata.name}-${chart.metadata.version}` : 'MISSING')
export const appVersion = ({ chart }: Release): string => (chart ? chart.metadata.appVersion : 'MISSING')

/** The latest revision of each; a listing of superseded ones alone shows all. */
function latest(releases: readonly Release[]): Release[] {
  const found = new Map<string, Release>()
  for (const release of releases) {
    const key = `${release.namespace}/${release.name}`
    const before = found.get(key)
    if (!before || before.version <= release.version) found.set(key, release)
  }
  return [...found.values()]
}

function chosen(releases: readonly Release[], { flags }: Invocation): Release[] {
  const named = Object.keys(states).filter((name) => flags.bool(name))
  const wanted = new Set((named.length > 0 ? named : Object.keys(states)).flatMap((name) => states[name]!))
  let pattern: RegExp | undefined
  try {
    pattern = flags.string('filter') === '' ? undefined : compilePattern(flags.string('filter'))
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
  const isSelected = parseSelector(flags.string('selector'))
  const matching = releases.filter(({ name }) => pattern === undefined || pattern.test(name))
  const shown = named.length === 1 && named[0] === 'superseded' ? matching : latest(matching)
  return shown.filter(({ info, labels }) => wanted.has(info.status) && isSelected(labels))
}

function sorted(releases: Release[], { flags }: Invocation): Release[] {
  const byName = (a: Release, b: Release): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  const byDate = (a: Release, b: Release): number => epochMs(a.info.lastDeployed) - epochMs(b.info.lastDeployed)
  const order = flags.bool('date') ? byDate : byName
  return releases.sort(flags.bool('reverse') ? (a, b) => order(b, a) : order)
}

const headers = ['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION']

async function timeText(text: string, layout: string): Promise<string> {
  if (text === '') return '-'
  if (layout === '') return plainTime(text)
  const { formatMoment, parseMoment } = await import('#template/time/layout.ts')
  return formatMoment(parseMoment('2006-01-02T15:04:05Z07:00', text, 'UTC'), layout)
}

async function run(invocation: Invocation): Promise<void> {
  const { flags } = invocation
  const format = formatOf(invocation)
  const releases = await withContext(
    invocation,
    async ({ cluster, storage }) => {
      await cluster.reachable()
      const all = sorted(chosen(await storage.list(), invocation), invocation)
      const limit = flags.int('max')
      const offset = flags.int('offset')
      return all.slice(offset, limit > 0 ? offset + limit : undefined)
    },
    { allNamespaces: flags.bool('all-namespaces') },
  )
  if (flags.bool('short')) {
    const names = releases.map(({ name }) => name)
    if (format === 'table') invocation.out(names.map((name) => `${name}\n`).join(''))
    else invocation.out(format === 'json' ? `[${names.map((name) => jsonString(name)).join(',')}]\n` : encodeYaml(names))
    return
  }
  const rows = await Promise.all(
    releases.map(async (release) => [
      release.name,
      release.namespace,
      String(release.version),
      await timeText(release.info.lastDeployed, flags.string('time-format')),
      release.info.status,
      chartName(release),
      appVersion(release),
    ]),
  )
  const { paint } = invocation
  const painters: Readonly<Record<number, (text: string) => string>> = { 1: paint.namespace, 4: paint.status }
  const painted = (row: readonly string[]): string[] => row.map((cell, column) => painters[column]?.(cell) ?? cell)
  const fields = ['name', 'namespace', 'revision', 'updated', 'status', 'chart', 'app_version']
  printFormatted(
    invocation,
    () => `[${rows.map((row) => objectJson(fields.map((field, index) => [field, jsonString(row[index]!)] as const))).join(',')}]`,
    () => `${drawTable([...(flags.bool('no-headers') ? [] : [headers.map(paint.header)]), ...rows.map(painted)])}\n`,
  )
}

const bool = (name: string, usage: string, short?: string) => ({ name, type: 'bool' as const, default: 'false', usage, ...(short ? { short } : {}) })

export const list: Command = {
  usage: '[flags]',
  about: 'Lists the releases of a namespace, each by its last revision.',
  arguments: { max: 0 },
  flags: [
    bool('short', 'names alone', 'q'),
    bool('no-headers', 'no headers'),
    { name: 'time-format', type: 'string', usage: "layout of times, in Go's way" },
    bool('date', 'sort by date', 'd'),
    bool('reverse', 'the other way around', 'r'),
    ...Object.keys(states).map((name) => bool(name, `${name} releases`)),
    bool('all-namespaces', 'of all namespaces', 'A'),
    { name: 'max', short: 'm', type: 'int', default: '256', usage: 'how many at most' },
    { name: 'offset', type: 'int', default: '0', usage: 'how many to leave out first' },
    { name: 'filter', short: 'f', type: 'string', usage: 'names that fit this expression' },
    { name: 'selector', short: 'l', type: 'string', usage: "labels of the releases' records" },
    outputFlag,
  ],
  run,
}
