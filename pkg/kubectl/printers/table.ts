/** Tables as the server gives them (cli-runtime's TablePrinter): columns chosen, cells shortened, lines aligned by the caller. */
import { escapeTerminal } from './terminal.ts'

export interface TableOptions {
  readonly wide: boolean
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** "pod" puts "pod/" before names. */
  readonly kindPrefix?: string | undefined
  readonly showLabels: boolean
  readonly labelColumns: readonly string[]
}

export function tableLines(table: any, options: TableOptions): string[] {
  const definitions: any[] = table.columnDefinitions ?? []
  const shown = definitions.map((definition, index) => ({ definition, index })).filter(({ definition }) => options.wide || !definition.priority)
  const lines: string[] = []
  if (!options.noHeaders && definitions.length > 0)
    lines.push(
      headers(
        shown.map(({ definition }) => String(definition.name)),
        options,
      ),
    )
  for (const row of table.rows ?? []) lines.push(rowLine(row, definitions.length === 0 ? undefined : shown, options))
  return lines
}

function headers(names: readonly string[], options: TableOptions): string {
  return [
    ...(options.withNamespace ? ['NAMESPACE'] : []),
    ...names.map((name) => name.toUpperCase()),
    ...options.labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ].join('\t')
}

function rowLine(row: any, shown: readonly { definition: any; index: number }[] | undefined, options: TableOptions): string {
  const metadata = row.object?.metadata ?? {}
  const labels: Record<string, string> = metadata.labels ?? {}
  const cells: any[] = shown ? shown.map(({ definition, index }) => named(row.cells?.[index], definition, options)) : (row.cells ?? [])
  return [
    ...(options.withNamespace ? [cellText(metadata.namespace ?? '')] : []),
    ...cells.map(cellText),
    ...options.labelColumns.map((label) => cellText(Object.hasOwn(labels, label) ? labels[label] : '')),
    ...(options.showLabels ? [cellText(labelText(labels))] : []),
  ].join('\t')
}

function named(value: unknown, definition: any, { kindPrefix }: TableOptions): unknown {
  return kindPrefix && definition.format === 'name' ? `${kindPrefix}/${value}` : value
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  const end = text.search(/[\f\n\r]/)
  return escapeTerminal(end < 0 ? text : `${text.slice(0, end)}...`).replaceAll('\t', ' ')
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}
