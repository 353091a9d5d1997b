/**
 * Records what a real helm makes of the cases in pkg/helm/corpus/cases.json.
 *
 *   go install helm.sh/helm/v4/cmd/helm@v4.2.4
 *   ./tools/node.sh tools/helm-corpus.ts record HELM [new]
 *
 * Each case is a chart of its own with one template, written to a temporary folder and rendered by `helm template`; what
 * it prints, or its error, goes to pkg/helm/corpus/expected.json, which is committed and compared by corpus.test.ts.
 * With `new`, only cases after those that have a record are rendered: they are added at the end.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { caseFiles, type Cases, type ChartCase, type Expected, unwrapped } from '../pkg/helm/corpus/case-chart.ts'

const folder = new URL('../pkg/helm/corpus/', import.meta.url).pathname
const [verb, helm, which] = process.argv.slice(2)
if (verb !== 'record' || !helm) {
  process.stderr.write('usage: helm-corpus.ts record HELM [new]\n')
  process.exit(2)
}

function run(chart: string, args: readonly string[] = [], read = unwrapped): Promise<Expected> {
  return new Promise((done) => {
    execFile(
      helm!,
      ['template', 'rel', chart, '--namespace', 'ns', ...args],
      { env: { ...process.env, TZ: 'UTC' }, maxBuffer: 64 * 1024 * 1024 },
      (_, stdout, stderr) => {
        const error = stderr.indexOf('Error: ')
        done(
          error >= 0
            ? {
                error: stderr
                  .slice(error + 'Error: '.length)
                  .trimEnd()
                  .replaceAll(chart, 'CHART'),
              }
            : { output: read(stdout) },
        )
      },
    )
  })
}

const cases = JSON.parse(await readFile(join(folder, 'cases.json'), 'utf8')) as Cases
const top = await mkdtemp(join(tmpdir(), 'helm-corpus-'))
const recorded = async (name: string): Promise<Expected[]> =>
  which === 'new' ? (JSON.parse(await readFile(join(folder, name), 'utf8')) as { expected: Expected[] }).expected : []
const expected = await recorded('expected.json')
try {
  for (const [index, template] of cases.templates.entries()) {
    if (index < expected.length) continue
    const chart = join(top, String(index))
    for (const { name, data } of caseFiles(cases, template)) {
      await mkdir(dirname(join(chart, name)), { recursive: true })
      await writeFile(join(chart, name), data)
    }
    expected.push(await run(chart))
    await rm(chart, { recursive: true })
  }
} finally {
  await rm(top, { recursive: true, force: true })
}
const madeBy = 'helm v4.2.4 (go install helm.sh/helm/v4/cmd/helm@v4.2.4), by tools/helm-corpus.ts'
await writeFile(join(folder, 'expected.json'), `${JSON.stringify({ madeBy, expected }, undefined, 1)}\n`)
process.stdout.write(`${expected.length} cases recorded\n`)

/** Whole charts, with arguments. */
const charts = JSON.parse(await readFile(join(folder, 'charts.json'), 'utf8')) as ChartCase[]
const rendered = await recorded('expected-charts.json')
for (const { files, args } of charts.slice(rendered.length)) {
  const chart = await mkdtemp(join(tmpdir(), 'helm-chart-'))
  for (const [name, data] of Object.entries(files)) {
    await mkdir(dirname(join(chart, name)), { recursive: true })
    await writeFile(join(chart, name), data)
  }
  rendered.push(await run(chart, args, (text) => text))
  await rm(chart, { recursive: true })
}
await writeFile(join(folder, 'expected-charts.json'), `${JSON.stringify({ madeBy, expected: rendered }, undefined, 1)}\n`)
process.stdout.write(`${rendered.length} charts recorded\n`)
