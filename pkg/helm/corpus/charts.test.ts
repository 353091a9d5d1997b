import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { runHelm } from '../main.ts'
import type { ChartCase, Expected } from './case-chart.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const charts = read('charts.json') as readonly ChartCase[]
const { expected } = read('expected-charts.json') as { expected: readonly Expected[] }
const known = read('known-chart-differences.json') as Readonly<Record<string, string>>

function collector(): { readonly stream: Writable; readonly text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}

async function render({ files, args }: ChartCase): Promise<Expected> {
  const folder = mkdtempSync(join(tmpdir(), 'helm-charts-test-'))
  try {
    for (const [name, data] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), data)
    }
    const [stdout, stderr] = [collector(), collector()]
    const session = { stdin: Readable.from([]), stdout: stdout.stream, stderr: stderr.stream, env: {}, cwd: folder, signal: new AbortController().signal }
    await runHelm(['template', 'rel', folder, '--namespace', 'ns', ...args], session)
    const error = stderr.text().indexOf('Error: ')
    return error >= 0
      ? {
          error: stderr
            .text()
            .slice(error + 'Error: '.length)
            .trimEnd()
            .replaceAll(folder, 'CHART'),
        }
      : { output: stdout.text() }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Go walks the keywords of a schema in no order. */
const settled = (error: string | undefined): string | undefined => (error?.includes("- at '") ? error.split('\n').toSorted().join('\n') : error)

const differences: string[] = []
for (const [index, chart] of charts.entries()) {
  const actual = await render(chart)
  const wanted = expected[index]!
  const same = actual.output === wanted.output && settled(actual.error) === settled(wanted.error)
  if (same === Object.hasOwn(known, String(index)))
    differences.push(`${index} ${chart.args.join(' ')}\n  ours: ${JSON.stringify(actual)}\n  helm: ${JSON.stringify(wanted)}`)
}

test(`${charts.length} charts with their arguments render as by a real Helm, errors too`, () => {
  assert.equal(expected.length, charts.length)
  assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.join('\n')}`)
})
