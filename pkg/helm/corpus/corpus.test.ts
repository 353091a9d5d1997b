import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { dictionary } from '#template/values.ts'
import { loadFiles } from '../chart/load.ts'
import type { Chart } from '../chart/types.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { renderRelease } from '../release/render-release.ts'
import { caseFiles, type Cases, type Expected, unwrapped } from './case-chart.ts'

process.env.TZ = 'UTC'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const cases = read('cases.json') as Cases
const { expected } = read('expected.json') as { expected: readonly Expected[] }
/** Cases that are known not to be the same, by their text, each with the reason. */
const known = read('known-differences.json') as Readonly<Record<string, string>>

/** Read once: the cases differ in one file. */
const base = await loadFiles(caseFiles(cases, ''))

function withCase(template: string): Chart {
  const data = Buffer.from(template)
  return { ...base, dependencies: [], templates: base.templates.map((file) => (file.name === 'templates/_case.tpl' ? { ...file, data } : file)) }
}

function render(template: string): Expected {
  try {
    const chart = withCase(template)
    const { manifest } = renderRelease(chart, dictionary(), {
      release: { name: 'rel', namespace: 'ns', revision: 1, isInstall: true, isUpgrade: false },
      capabilities: { kubeVersion: defaultKubeVersion, apiVersions: knownApiVersions, helm: helmVersion },
      warn: () => {},
    })
    return { output: unwrapped(manifest) }
  } catch (error) {
    return { error: `${(error as Error).message}` }
  }
}

const differences: string[] = []
for (const [index, template] of cases.templates.entries()) {
  const actual = render(template)
  const wanted = expected[index]!
  const error = wanted.error?.replace('\n\nUse --debug flag to render out invalid YAML', '')
  const same = actual.output === wanted.output && actual.error?.trimEnd() === error
  if (same === Object.hasOwn(known, template)) differences.push(`${template}\n  ours: ${JSON.stringify(actual)}\n  helm: ${JSON.stringify(wanted)}`)
}

test(`${cases.templates.length} templates give what a real Helm gives, errors too`, () => {
  assert.equal(expected.length, cases.templates.length)
  assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.join('\n')}`)
})
