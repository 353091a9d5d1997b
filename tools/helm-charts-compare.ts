/**
 * Renders charts by this project's helm and by a real one, and shows where they differ.
 *
 *   ./tools/node.sh tools/helm-charts-compare.ts HELM FOLDER…
 *
 * HELM: a real helm. FOLDER: a chart, or a folder with charts in it at any depth. Documents are compared by source, kind
 * and name; what a chart makes by chance (passwords, certificates, checksums of these) shows as a difference in any case.
 * Warnings are not compared, but errors are.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

function chartsIn(folder: string): string[] {
  if (existsSync(join(folder, 'Chart.yaml'))) return [folder]
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => chartsIn(join(folder, entry.name)))
}

function render(program: readonly string[], chart: string): { out: string; error: string } {
  const values = join(chart, 'ci/compare-values.yaml')
  const args = [...program.slice(1), 'template', 'compared', chart, '--namespace', 'compared', ...(existsSync(values) ? ['-f', values] : [])]
  const { stdout, stderr } = spawnSync(program[0]!, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  return { out: stdout, error: stderr.slice(Math.max(0, stderr.indexOf('Error: '))).trim() }
}

/** The documents, in an order of their own. */
const documents = (text: string): string[] =>
  text
    .split(/^---\n/m)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .toSorted()

function difference(ours: string, theirs: string): string[] {
  const [mine, real] = [ours.split('\n'), theirs.split('\n')]
  const shown: string[] = []
  for (let at = 0; at < Math.max(mine.length, real.length) && shown.length < 8; at++) {
    if (mine[at] !== real[at]) shown.push(`    ours: ${JSON.stringify(mine[at])}`, `    helm: ${JSON.stringify(real[at])}`)
  }
  return shown
}

const [helm, ...folders] = process.argv.slice(2)
if (!helm || folders.length === 0) {
  process.stderr.write('usage: helm-charts-compare.ts HELM FOLDER…\n')
  process.exit(2)
}
const own = [process.execPath, '--disable-warning=ExperimentalWarning', new URL('../cmd/helm.ts', import.meta.url).pathname]
let same = 0
const charts = folders.flatMap(chartsIn)
for (const chart of charts) {
  const [ours, theirs] = [render(own, chart), render([helm], chart)]
  const failed = /^Error:/.test(theirs.error) || /^Error:/.test(ours.error)
  const [mine, real] = [documents(ours.out), documents(theirs.out)]
  if (mine.join('\0') === real.join('\0') && (!failed || ours.error === theirs.error)) {
    same++
    process.stdout.write(`same      ${chart} (${real.length} documents${failed ? `, ${theirs.error.slice(0, 100)}` : ''})\n`)
    continue
  }
  process.stdout.write(`DIFFERENT ${chart}\n`)
  if (ours.error !== theirs.error && failed) process.stdout.write(`    ours: ${ours.error}\n    helm: ${theirs.error}\n`)
  const onlyOurs = mine.filter((each) => !real.includes(each))
  const onlyTheirs = real.filter((each) => !mine.includes(each))
  for (let at = 0; at < Math.min(Math.max(onlyOurs.length, onlyTheirs.length), 3); at++)
    process.stdout.write(`${difference(onlyOurs[at] ?? '', onlyTheirs[at] ?? '').join('\n')}\n`)
}
process.stdout.write(`${same} of ${charts.length} charts the same\n`)
process.exit(same === charts.length ? 0 : 1)
