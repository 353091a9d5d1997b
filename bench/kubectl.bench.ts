/**
 * How long our kubectl takes from its start to its end, in turns with the real one, against one API server in this process.
 *
 *   ./tools/node.sh bench/kubectl.bench.ts [--runs 15] [--markdown]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { realKubectl, startRig } from '#kubectl/testing/rig.ts'
import { numberFlag } from './cluster.ts'
import { publish, type Row } from './report.ts'

const runs = numberFlag('runs', 15)
const bundle = join(import.meta.dirname, '../dist/kubectl.mjs')
const wantedRatio = 1.5
const wantedStartMs = 150

await using rig = await startRig()
const env = { PATH: process.env.PATH, HOME: rig.dir, KUBECONFIG: rig.kubeconfig, NODE_COMPILE_CACHE: join(import.meta.dirname, '../dist/cache') }

async function milliseconds(command: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(command[0]!, command.slice(1), { env, stdio: 'ignore' })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`)
  return performance.now() - start
}

const ours = (...words: string[]): string[] => [process.execPath, '--disable-warning=ExperimentalWarning', bundle, ...words]

async function inTurns(words: readonly string[]): Promise<{ ours: number[]; real: number[] }> {
  const times = { ours: [] as number[], real: [] as number[] }
  for (let run = -2; run < runs; run++) {
    const mine = await milliseconds(ours(...words))
    const its = realKubectl ? await milliseconds([realKubectl, ...words]) : Number.NaN
    // The first two fill caches.
    if (run >= 0) {
      times.ours.push(mine)
      times.real.push(its)
    }
  }
  return times
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const shown = (values: readonly number[]): string => `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

const rows: Row[] = []
const start = await inTurns(['version', '--client'])
rows.push({
  what: 'kubectl version --client',
  figure: shown(start.ours),
  beside: `the real kubectl ${shown(start.real)}`,
  goal: `under ${wantedStartMs} ms`,
  met: median(start.ours) < wantedStartMs,
})
for (const line of ['get pods', 'get pods -o yaml', 'describe ns default']) {
  const times = await inTurns(line.split(' '))
  const ratio = median(times.ours.map((value, index) => value / times.real[index]!))
  const row: Row = { what: `kubectl ${line}`, figure: shown(times.ours), beside: `the real kubectl ${shown(times.real)}` }
  rows.push(line === 'get pods' ? { ...row, goal: `${ratio.toFixed(2)} times the original's, wanted ${wantedRatio}`, met: ratio <= wantedRatio } : row)
}
publish({
  name: 'kubectl',
  method: `Whole processes, wall clock, median (least to most) of ${runs} runs, ours and the real kubectl in turns, discovery cached by both; the API server runs in the benchmark's own process.`,
  rows,
})
process.exit(0)
