/**
 * Renders charts by this project's helm and by a real one, and shows where they differ.
 *
 *   ./tools/node.sh tools/helm-charts-compare.ts HELM FOLDER…
 *
 * HELM: a real helm. FOLDER: a chart, or a folder with charts in it at any depth. Documents are compared by source, kind
 * and name. The real helm renders twice: lines in which it does not agree with itself (passwords, certificates, checksums
 * of these) are made by chance; of these the key has to be the same. Warnings are not compared, but errors are.
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

/** The documents by source, kind and name, in an order of their own. */
function documents(text: string): string[] {
  const keyed = text
    .split(/^---\n/m)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => ({ each, key: ['# Source: .*', 'kind: .*', ' {2}name: .*'].map((line) => new RegExp(`^${line}$`, 'm').exec(each)?.[0] ?? '').join('|') }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.each < b.each ? -1 : 1)).map(({ each }) => each)
}

const keyOf = (line: string): string => line.slice(0, line.indexOf(':') + 1)

/** Ours beside two renderings of the real helm; gives what differs, and counts lines of chance. */
function differences(ours: string, first: string, second: string): { shown: string[]; chance: number } {
  const [mine, real, again] = [ours, first, second].map((text) => documents(text).join('\n---\n').split('\n')) as [string[], string[], string[]]
  const shown: string[] = []
  let chance = 0
  for (let at = 0; at < Math.max(mine.length, real.length) && shown.length < 8; at++) {
    if (mine[at] === real[at]) continue
    const isChance = real[at] !== again[at] && keyOf(mine[at] ?? '') === keyOf(real[at] ?? '')
    if (isChance) chance++
    else shown.push(`    ours: ${JSON.stringify(mine[at])}`, `    helm: ${JSON.stringify(real[at])}`)
  }
  return { shown, chance }
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
  const [ours, theirs, again] = [render(own, chart), render([helm], chart), render([helm], chart)]
  const failed = /^Error:/.test(theirs.error) || /^Error:/.test(ours.error)
  const { shown, chance } = differences(ours.out, theirs.out, again.out)
  if (failed && ours.error !== theirs.error) shown.push(`    ours: ${ours.error}`, `    helm: ${theirs.error}`)
  if (shown.length > 0) process.stdout.write(`DIFFERENT ${chart}\n${shown.join('\n')}\n`)
  else {
    same++
    const notes = [
      `${documents(theirs.out).length} documents`,
      ...(chance > 0 ? [`${chance} lines of chance`] : []),
      ...(failed ? [theirs.error.slice(0, 100)] : []),
    ]
    process.stdout.write(`same      ${chart} (${notes.join(', ')})\n`)
  }
}
process.stdout.write(`${same} of ${charts.length} charts the same\n`)
process.exit(same === charts.length ? 0 : 1)
