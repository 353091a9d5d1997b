/** `kubectl kustomize --enable-helm` with this project's own helm as the helm program. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { parseYamlDocuments } from '#apimachinery/codec/yaml-text.ts'
import { ours } from '#kubectl/testing/rig.ts'

const root = resolve(import.meta.dirname, '../..')

const files: Readonly<Record<string, string>> = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'charts/web/values.yaml': 'size: 1\ndeep: {kept: yes please}\n',
  'charts/web/crds/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec: {group: example.com}\n',
  'charts/web/templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-config", namespace: "{{ .Release.Namespace }}"}
data: {size: "{{ .Values.size }}", deep: "{{ .Values.deep.kept }}", kube: "{{ .Capabilities.KubeVersion.Version }}"}
`,
  'charts/web/templates/test.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: try, annotations: {helm.sh/hook: test}}\nspec: {containers: [{name: c, image: i}]}\n',
  'kustomization.yaml': `helmCharts:
- {name: web, releaseName: one, includeCRDs: true, skipTests: true, kubeVersion: "1.36", valuesInline: {size: 2}}
namespace: team
namePrefix: pre-
`,
}

test('a chart is rendered by our helm and changed by the rest of the kustomization', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kustomize-helm-scenario-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
    const helm = join(dir, 'helm')
    writeFileSync(helm, `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${root}/cmd/helm.ts' "$@"\n`, { mode: 0o755 })
    const run = (...words: string[]) => ours(['kustomize', ...words, '.'], { env: {}, dir, stdin: '' })
    const { code, stdout, stderr } = await run('--enable-helm', `--helm-command=${helm}`)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const objects = parseYamlDocuments(stdout) as any[]
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
      ['CustomResourceDefinition /widgets.example.com', 'ConfigMap team/pre-one-config'],
    )
    assert.deepEqual(objects[1].data, { size: '2', deep: 'yes please', kube: 'v1.36' })
    const refused = await run()
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /must specify --enable-helm\n$/)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
