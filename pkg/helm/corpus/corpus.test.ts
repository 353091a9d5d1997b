import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { builtinFunctions } from '#template/functions/builtin.ts'
import { dictionary } from '#template/values.ts'
import { loadFiles } from '../chart/load.ts'
import type { Chart } from '../chart/types.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { helmFunctions } from '../engine/functions.ts'
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

/** Every function that a template of the original may call; functions.json says where they were read. */
const { functions } = read('functions.json') as { functions: readonly string[] }

/** Which no case can be answered or refused for, each with the reason. */
const never = {
  answered: { fail: 'it always fails', call: 'no value of a chart is a function' } as Readonly<Record<string, string>>,
  refused: Object.fromEntries(
    ['add', 'addf', 'all', 'any', 'cat', 'coalesce', 'html', 'js', 'println', 'squote', 'tuple', 'urlquery'].map((name) => [
      name,
      'it takes any number of anything',
    ]),
  ),
}

const all = new Set(functions)
const calledIn = (template: string): string[] => (template.match(/(?<![\w.$"])[a-zA-Z]\w*/g) ?? []).filter((name) => all.has(name))

/** The functions that a case speaks for: all that took part in an answer; of an error the one that is named, or is alone. */
function spokenFor(template: string, { error }: Expected): readonly string[] {
  const called = [...new Set(calledIn(template))]
  return error === undefined || called.length === 1
    ? called
    : called.filter((name) => error.includes(`calling ${name}:`) || error.includes(`args for ${name}:`))
}

test('every function of text/template, Sprig and Helm is there, none too much, and has a case that is answered and one that is refused', () => {
  assert.deepEqual([...builtinFunctions.keys(), ...helmFunctions({}).keys(), 'include', 'tpl'].toSorted(), functions.toSorted())
  for (const kind of ['answered', 'refused'] as const) {
    const proven = new Set(
      cases.templates.flatMap((template, index) => {
        const record = expected[index]!
        return (record.error === undefined) === (kind === 'answered') ? spokenFor(template, record) : []
      }),
    )
    const missing = functions.filter((name) => !proven.has(name))
    assert.deepEqual(missing, Object.keys(never[kind]).toSorted(), `functions without a case that is ${kind}`)
  }
})
