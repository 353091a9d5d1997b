/** -o custom-columns=NAME:.metadata.name,… */
import { compileJsonPath, type JsonPath, relaxedPath } from '../jsonpath/evaluate.ts'
import { CommandError } from '../errors.ts'
import { goText } from '#apimachinery/go-text.ts'
import { alignTabs, tableColumns } from './tab-writer.ts'
import { escapeTerminal } from './terminal.ts'

interface Column {
  readonly header: string
  readonly path: JsonPath
}

export function parseColumns(spec: string): readonly Column[] {
  if (spec === '') throw new CommandError('error: custom-columns format specified but no custom columns given')
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':')
    if (colon < 0 || part.slice(colon + 1) === '') throw new CommandError(`error: unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
    return column(part.slice(0, colon), part.slice(colon + 1))
  })
}

/** Two lines: headers, then paths. */
export function parseColumnsFile(text: string): readonly Column[] {
  const [headers = '', paths = ''] = text.split('\n')
  const names = headers.trim().split(/\s+/)
  const specs = paths.trim().split(/\s+/)
  if (names.length !== specs.length) throw new CommandError(`error: number of headers (${names.length}) and field specifications (${specs.length}) don't match`)
  return names.map((name, index) => column(name, specs[index]!))
}

function column(header: string, spec: string): Column {
  return { header, path: compileJsonPath(relaxedPath(spec), { allowMissingKeys: true }) }
}

export function printColumns(columns: readonly Column[], objects: readonly unknown[], noHeaders: boolean): string {
  const rows = objects.map((object) => columns.map(({ path }) => cell(path, object)).join('\t'))
  const lines = noHeaders ? rows : [columns.map(({ header }) => header).join('\t'), ...rows]
  return lines.length === 0 ? '' : `${alignTabs(lines.join('\n'), tableColumns)}\n`
}

function cell(path: JsonPath, object: unknown): string {
  const values = path.find(object).flat()
  return values.length === 0 ? '<none>' : values.map((value) => escapeTerminal(goText(value).replace(/<nil>/, '<nil>'))).join(',')
}
