/**
 * How long our helm takes from its start to its end, in turns with the real one ($K8TS_REAL_HELM or on PATH), against one API
 * server in this process.
 *
 *   ./tools/node.sh tools/bundle.ts && ./tools/node.sh bench/helm.bench.ts [--runs 15] [--markdown]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { writeCharts } from '#helm/golden/charts.ts'
import { realHelm, startHelmRig } from '#helm/testing/rig.ts'
import { numberFlag } from './cluster.ts'
import { publish, type Row } from './report.ts'

const runs = numberFlag('runs', 15)
const bundle = join(import.meta.dirname, '../dist/helm.mjs')
const wantedStartMs = 150

await using rig = await startHelmRig()
writeCharts(rig.dir)
await rig.ours('install a ./web')
const env = { PATH: process.env.PATH, HOME: rig.dir, KUBECONFIG: join(rig.dir, 'kubeconfig'), NODE_COMPILE_CACHE: join(import.meta.dirname, '../dist/cache') }

async function milliseconds(command: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(command[0]!, command.slice(1), { env, cwd: rig.dir, stdio: 'ignore' })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`)
  return performance.now() - start
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const shown = (values: readonly number[]): string => `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

const rows: Row[] = []
for (const line of ['version', 'template ./web', 'list', 'upgrade a ./web']) {
  const [ours, real]: [number[], number[]] = [[], []]
  for (let run = -2; run < runs; run++) {
    const mine = await milliseconds([process.execPath, '--disable-warning=ExperimentalWarning', bundle, ...line.split(' ')])
    const its = realHelm ? await milliseconds([realHelm, ...line.split(' ')]) : Number.NaN
    // The first two fill caches.
    if (run < 0) continue
    ours.push(mine)
    real.push(its)
  }
  const row: Row = { what: `helm ${line}`, figure: shown(ours), beside: realHelm ? `the real helm ${shown(real)}` : 'no real helm here' }
  rows.push(!line.startsWith('upgrade') ? { ...row, goal: `under ${wantedStartMs} ms`, met: median(ours) < wantedStartMs } : row)
}
publish({
  name: 'helm',
  method: `Whole processes, wall clock, median (least to most) of ${runs} runs, ours and the real helm in turns; the API server runs in the benchmark's own process.`,
  rows,
})
process.exit(0)
