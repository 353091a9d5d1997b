/** Charts and values that mean harm: they end in an error, or do nothing, and never in a process that hangs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dictionary } from '#template/values.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { renderRelease } from '../release/render-release.ts'
import { parseInto } from '../values/strvals.ts'
import { loadFiles } from './load.ts'
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
