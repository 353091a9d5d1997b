/** Tables as gosuri/uitable draws them, and the other two formats of -o. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { decodeJson } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import type { Invocation } from '../types.ts'

/** Colors take no room. */
const widthOf = (text: string): number => [...text.replaceAll(/\x1b\[\d+m/g, '')].length

/** Every cell is padded, the last ones too; cells longer than `maxWidth` are cut. */
export function drawTable(rows: readonly (readonly string[])[], maxWidth = 0): string {
  const cut = (cell: string): string => (maxWidth > 0 && widthOf(cell) > maxWidth ? `${[...cell].slice(0, maxWidth - 3).join('')}...` : cell)
  const cells = rows.map((row) => row.map((cell) => cut(cell)))
  const widths: number[] = []
  for (const row of cells) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  return cells.map((row) => row.map((cell, index) => cell + ' '.repeat(widths[index]! - widthOf(cell))).join('\t')).join('\n')
}

export type OutputFormat = 'table' | 'json' | 'yaml'

const formats: readonly string[] = ['table', 'json', 'yaml'] satisfies readonly OutputFormat[]

export const outputFlag: FlagSpec = {
  name: 'output',
  short: 'o',
  type: 'string',
  default: 'table',
  usage: 'table, json or yaml',
  valueName: 'format',
  refusal: (value) => (formats.includes(value) ? undefined : 'invalid format type'),
}

export const formatOf = ({ flags }: Invocation): OutputFormat => flags.string('output') as OutputFormat

/** `json` is one value, as Go writes it; YAML is made from it. */
export function printFormatted(invocation: Invocation, json: () => string, table: () => string): void {
  const format = formatOf(invocation)
  if (format === 'table') invocation.out(table())
  else if (format === 'json') invocation.out(`${json()}\n`)
  else invocation.out(encodeYaml(decodeJson(json())))
}
