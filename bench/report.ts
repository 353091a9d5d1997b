/** What a benchmark says: a table on the terminal and, with `--markdown`, between its markers in docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Row {
  readonly what: string
  readonly figure: string
  /** What was measured beside it in the same run. */
  readonly beside?: string
  /** What the project wants, and whether this run reached it. */
  readonly goal?: string
  readonly met?: boolean
}

export interface Report {
  /** "up": the markers are `<!-- bench:up -->` and `<!-- /bench:up -->`. */
  readonly name: string
  /** One sentence or two: what was done, how often, what is counted. */
  readonly method: string
  readonly rows: readonly Row[]
}

/** CPU, cores, memory, kernel, Node.js; a figure without them says little. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const bits = [model, `${cpus().length} cores`, `${(totalmem() / 2 ** 30).toFixed(0)} GB`, `Linux ${release()}`, `Node.js ${process.versions.node}`]
  return bits.join(', ')
}

/** Prints the report; rewrites its part of docs/benchmarks.md when the program was called with `--markdown`. */
export function publish(report: Report): void {
  const table = markdownTable(report.rows)
  const text = `${report.method}\n\n${machine()}; ${new Date().toISOString().slice(0, 10)}.\n\n${table}\n`
  console.log(`\n${text}`)
  if (process.argv.includes('--markdown')) writeSection(report.name, text)
}

function markdownTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, figure, beside = '', goal = '', met }) => [
    what,
    figure,
    beside,
    goal ? `${goal}${met === undefined ? '' : met ? ' ✓' : ' ✗'}` : '',
  ])
  const all = [['', 'measured', 'beside it in the same run', 'goal'], ...lines]
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...all.map((cells) => cells[column]!.length)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(all[0]!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.map(line)].join('\n')
}

function writeSection(name: string, text: string): void {
  const path = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const page = readFileSync(path, 'utf8')
  const [from, to] = [page.indexOf(open), page.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`${path} has no place for it: ${open} … ${close}`)
  writeFileSync(path, `${page.slice(0, from + open.length)}\n${text}${page.slice(to)}`)
}
