/** A release as install, upgrade, status and get tell of it. */
import { encodeYaml } from '#template/yaml/encode.ts'
import { dictionary } from '#template/values.ts'
import { tableLines } from '#kubectl/printers/table.ts'
import { alignTabs, tableColumns } from '#kubectl/printers/tab-writer.ts'
import type { Release } from '../release/release.ts'
import { ansicTime } from '../release/time.ts'
import { coalesceValues } from '../values/coalesce.ts'
import { type Paint, plain } from './paint.ts'

export interface ReleaseView {
  /** Values, hooks and manifest too. */
  readonly debug?: boolean
  readonly metadata?: boolean
  readonly hideNotes?: boolean
  readonly paint?: Paint
}

export function releaseText(release: Release, { debug = false, metadata = false, hideNotes = false, paint = plain }: ReleaseView = {}): string {
  const { info, chart } = release
  const parts = [`NAME: ${release.name}\n`]
  if (info.lastDeployed !== '') parts.push(`LAST DEPLOYED: ${ansicTime(info.lastDeployed)}\n`)
  parts.push(`NAMESPACE: ${paint.namespace(release.namespace)}\nSTATUS: ${paint.status(info.status)}\nREVISION: ${release.version}\n`)
  if (metadata && chart) parts.push(`CHART: ${chart.metadata.name}\nVERSION: ${chart.metadata.version}\nAPP_VERSION: ${chart.metadata.appVersion}\n`)
  parts.push(`DESCRIPTION: ${info.description}\n`)
  if (info.resources && Object.keys(info.resources).length > 0) parts.push(`RESOURCES:\n${resourceTables(info.resources)}\n`)
  const tests = release.hooks.filter(({ events }) => events.includes('test'))
  if (tests.length === 0) parts.push('TEST SUITE: None\n')
  for (const { name, lastRun } of tests) {
    if (lastRun.startedAt === '') continue
    parts.push(
      `TEST SUITE:     ${name}\nLast Started:   ${ansicTime(lastRun.startedAt)}\nLast Completed: ${ansicTime(lastRun.completedAt)}\nPhase:          ${lastRun.phase}\n`,
    )
  }
  if (debug) {
    const config = release.config ?? dictionary()
    const computed = chart ? coalesceValues(chart, config, () => {}) : config
    parts.push(`USER-SUPPLIED VALUES:\n${release.config === null ? 'null\n' : encodeYaml(config)}\nCOMPUTED VALUES:\n${encodeYaml(computed)}\n`)
  }
  if (info.description.toLowerCase() === 'dry run complete' || debug) {
    parts.push('HOOKS:\n', ...release.hooks.map(({ path, manifest }) => `---\n# Source: ${path}\n${manifest}\n`), `MANIFEST:\n${release.manifest}\n`)
  }
  if (!hideNotes && info.notes.length > 0) parts.push(`NOTES:\n${info.notes.trim()}\n`)
  return parts.join('')
}

const tableOptions = { wide: false, noHeaders: false, withNamespace: false, showLabels: false, labelColumns: [] }

function resourceTables(resources: Readonly<Record<string, unknown[]>>): string {
  const parts: string[] = []
  for (const key of Object.keys(resources)) {
    const lines = (resources[key] as any[]).flatMap((table, index) => tableLines(table, { ...tableOptions, noHeaders: index > 0 }))
    parts.push(`==> ${key}\n${alignTabs(`${lines.join('\n')}\n`, tableColumns)}\n`)
  }
  return parts.join('')
}
