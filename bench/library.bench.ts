/**
 * `startControlPlane` from the bundle: a new process each time, import and start apart, beside the bare start of Node.js.
 *
 *   ./tools/node.sh bench/library.bench.ts [--runs 10] [--markdown]
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { publish } from './report.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' }, markdown: { type: 'boolean' } } })
const library = join(import.meta.dirname, '..', 'dist', 'library.mjs')
const program = `
const t0 = performance.now()
const { startControlPlane } = await import(${JSON.stringify(library)})
const t1 = performance.now()
const figures = { import: t1 - t0 }
for (const [name, options] of [['first', {}], ['again', {}], ['inProcess', { listen: false }], ['restart', undefined]]) {
  const [begin, cpu] = [performance.now(), process.cpuUsage()]
  const controlPlane = await startControlPlane(options)
  figures[name] = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  figures[name + ' processor'] = (user + system) / 1000
  if (name === 'restart') {
    const again = performance.now()
    await controlPlane.restart()
    figures.restart = performance.now() - again
  }
  const stop = performance.now()
  await controlPlane.stop()
  figures.stop = performance.now() - stop
}
console.log(JSON.stringify(figures))
`
/** As programs have it from their second start on. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '.k8ts', 'compile-cache') }
const node = (source: string): { output: string; ms: number } => {
  const begin = performance.now()
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8', env })
  return { output, ms: performance.now() - begin }
}

const all: Record<string, number[]> = {}
const note = (name: string, ms: number): void => {
  all[name] = [...(all[name] ?? []), ms]
}
node(program)
for (let run = 0; run < Number(values.runs); run++) {
  note('bare', node('').ms)
  const { output, ms } = node(program)
  note('process', ms)
  for (const [name, figure] of Object.entries(JSON.parse(output) as Record<string, number>)) note(name, figure)
}
const figure = (name: string): string => {
  const sorted = all[name]!.toSorted((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(0)} ms (${sorted[0]!.toFixed(0)} to ${sorted.at(-1)!.toFixed(0)})`
}
const median = (name: string): number => all[name]!.toSorted((a, b) => a - b)[Math.floor(all[name]!.length / 2)]!
const processor = (name: string): string => `processor ${figure(`${name} processor`)}`
const bare = `bare Node.js, start to end ${figure('bare')}`
publish({
  name: 'library',
  method: `\`startControlPlane\` from the bundle in a new process with a warm compile cache, memory store, RBAC with the default policy (some 130 objects written), TLS; median (least to most) of ${values.runs} runs.`,
  rows: [
    { what: "import of 'k8ts'", figure: figure('import'), beside: bare },
    { what: 'first start in a process', figure: figure('first'), beside: processor('first'), goal: 'well under 100 ms', met: median('first') < 100 },
    { what: 'second start in the same process', figure: figure('again'), beside: processor('again'), goal: 'well under 100 ms', met: median('again') < 100 },
    {
      what: 'start without a listener',
      figure: figure('inProcess'),
      beside: processor('inProcess'),
      goal: 'well under 100 ms',
      met: median('inProcess') < 100,
    },
    { what: 'restart on the same store', figure: figure('restart') },
    { what: 'stop', figure: figure('stop') },
  ],
})
