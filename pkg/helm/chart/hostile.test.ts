/** Charts and values that mean harm: they end in an error, or do nothing, and never in a process that hangs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { dictionary } from '#template/values.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { renderRelease } from '../release/render-release.ts'
import { parseInto } from '../values/strvals.ts'
import { readArchive } from './archive.ts'
import { processDependencies } from './dependencies.ts'
import { loadArchive, loadFiles } from './load.ts'
import { loadValues } from './read-values.ts'

const chartYaml = 'apiVersion: v2\nname: c\nversion: 0.1.0\n'

async function render(template: string, values = ''): Promise<string> {
  const file = (name: string, text: string) => ({ name, data: Buffer.from(text) })
  const chart = await loadFiles([file('Chart.yaml', chartYaml), file('values.yaml', values), file('templates/a.yaml', template)])
  return renderRelease(chart, dictionary(), {
    release: { name: 'r', namespace: 'n', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: { kubeVersion: defaultKubeVersion, apiVersions: knownApiVersions, helm: helmVersion },
    warn: () => {},
  }).manifest
}

const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(',')}]`)].join(
  '\n',
)

test('aliases that grow without end are refused in values and in Chart.yaml', async () => {
  assert.throws(() => loadValues(bomb), /alias/i)
  await assert.rejects(loadFiles([{ name: 'Chart.yaml', data: Buffer.from(chartYaml + bomb) }]), /alias/i)
})

test('templates that include themselves end in an error', async () => {
  await assert.rejects(render('{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}'), /nested reference name: x|exceeded/)
  await assert.rejects(render('{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}'), /exceeded maximum template depth|stack/)
  await assert.rejects(render('{{ $t := "{{ tpl .Values.t . }}" }}{{ tpl .Values.t . }}', 't: "{{ tpl .Values.t . }}"\n'))
})

test('values named after the prototype of objects are values, and nothing else', async () => {
  const values = loadValues('__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n')
  parseInto('__proto__.more=yes,a.__proto__.b=1,constructor.prototype.c=2', values)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
  assert.equal(({} as Record<string, unknown>).more, undefined)
  assert.equal(({} as Record<string, unknown>).c, undefined)
  assert.match(await render('x: {{ .Values.__proto__ | toJson }}', '__proto__: {polluted: true}\n'), /x: \{"polluted":true\}/)
  assert.match(await render('x: {{ .Values.toString | default "none" }}'), /x: none/)
})

async function packed(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack()
  const chunks: Buffer[] = []
  const gathered = (async () => {
    for await (const chunk of tar) chunks.push(chunk as Buffer)
  })()
  for (const [name, data] of Object.entries(files)) tar.entry({ name }, data)
  tar.finalize()
  await gathered
  return gzipSync(Buffer.concat(chunks))
}

test('archives within archives share one size, however they are laid into one another', async () => {
  const inner = await packed({ 'd/Chart.yaml': 'apiVersion: v2\nname: d\nversion: 1.0.0\n', 'd/big': Buffer.alloc(50_000) })
  const charts = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`c/charts/d${at}.tgz`, inner]))
  const outer = await packed({ 'c/Chart.yaml': chartYaml, ...charts })
  await assert.rejects(
    loadArchive(outer, 'c.tgz', () => {}, { bytes: 200_000, files: 100 }),
    /decompressed chart is larger than the maximum size 104857600/,
  )
  assert.equal((await loadArchive(outer, 'c.tgz', () => {}, { bytes: 400_000, files: 100 })).dependencies.length, 6)
})

test('charts that lie in one another without end are refused', async () => {
  let chart = await packed({ 'c/Chart.yaml': chartYaml })
  for (let depth = 0; depth < 40; depth++) chart = await packed({ 'c/Chart.yaml': chartYaml, 'c/charts/c.tgz': chart })
  await assert.rejects(loadArchive(chart, 'c.tgz'), /charts lie more than 32 deep in one another/)
})

test('files that are empty are counted too', async () => {
  const bytes = await packed(Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`c/e${at}`, ''])))
  await assert.rejects(readArchive(bytes, { bytes: 1000, files: 10 }), /chart has more than 100000 files/)
  assert.equal((await readArchive(bytes, { bytes: 1000, files: 11 })).length, 11)
})

test('dependencies and imported values that name one another in a circle come to an end', async () => {
  const file = (name: string, text: string) => ({ name, data: Buffer.from(text) })
  const circle = (name: string, other: string): string =>
    `apiVersion: v2\nname: ${name}\nversion: 0.1.0\ndependencies:\n- {name: ${other}, version: 0.1.0, repository: "file://../${other}", import-values: [{child: ., parent: ${other}}, {child: ${name}, parent: .}]}\n`
  const chart = await loadFiles([
    file('Chart.yaml', circle('c', 'd')),
    file('values.yaml', 'c: {d: {c: 1}}\n'),
    file('charts/d/Chart.yaml', circle('d', 'c')),
    file('charts/d/values.yaml', 'c: {d: 1}\n'),
    file('charts/d/charts/c/Chart.yaml', circle('c', 'd')),
    file('charts/d/charts/c/values.yaml', 'd: {c: 2}\n'),
  ])
  processDependencies(chart, dictionary(), () => {})
  assert.equal(chart.dependencies.length, 1)
})
