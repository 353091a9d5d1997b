import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { parseYamlDocuments } from '#apimachinery/codec/yaml-text.ts'
import { type BuildOptions, buildKustomization } from './build.ts'
import { KustomizeError } from './errors.ts'

interface Recorded {
  readonly files: Readonly<Record<string, string>>
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const recorded: Record<string, Recorded> = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', 'recorded.json'), 'utf8')).cases

/** What the original says with the address of a Go object, or in the words of its JSON patch library. */
const worded = new Set(['error: merge without base', 'error: json patch fails'])

async function build(files: Readonly<Record<string, string>>, options: BuildOptions = {}): Promise<{ objects: any[]; stderr: string }> {
  const root = mkdtempSync(join(tmpdir(), 'kustomize-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    let stderr = ''
    const warn = (line: string): void => {
      stderr += `${line}\n`
    }
    try {
      return { objects: await buildKustomization(root, { order: 'legacy', warn, ...options }), stderr }
    } catch (error) {
      if (!(error instanceof KustomizeError)) throw error
      return { objects: [], stderr: `${stderr}error: ${error.message}\n`.replaceAll(root, 'ROOT') }
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

for (const [name, { files, stdout, stderr, code }] of Object.entries(recorded)) {
  test(`as recorded from kubectl kustomize: ${name}`, async () => {
    const ours = await build(files)
    assert.deepEqual(ours.objects, parseYamlDocuments(stdout))
    assert.equal(ours.stderr === '' || ours.stderr.startsWith('# Warning'), code === 0)
    if (!worded.has(name)) assert.equal(ours.stderr, stderr)
  })
}

test('a value may be given in place of a source (kustomize 5.7)', async () => {
  const { objects } = await build({
    'kustomization.yaml': `resources: [cm.yaml]
replacements:
- sourceValue: given
  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]
`,
    'cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: old}\n',
  })
  assert.equal(objects[0].data.a, 'given')
})

test('a path goes on inside of YAML and JSON texts (kustomize 5.8)', async () => {
  const { objects } = await build({
    'kustomization.yaml': `resources: [cm.yaml, svc.yaml]
replacements:
- source: {kind: Service}
  targets: [{select: {kind: ConfigMap}, fieldPaths: ["data.app\\\\.yaml.server.host", "data.config\\\\.json.hosts.0"]}]
`,
    'cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data:
  app.yaml: |
    server:
      host: old
  config.json: '{"hosts":["old"],"a":1}'
`,
    'svc.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\n',
  })
  const { data } = objects.find((each) => each.kind === 'ConfigMap')
  assert.equal(data['app.yaml'], 'server:\n  host: svc')
  assert.equal(data['config.json'], '{"a":1,"hosts":["svc"]}')
})

test('hostile texts are refused: aliases that multiply, folders that loop, links that lead out, names of Object', async () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefgh'].map((letter, index) => `${letter}: &${letter} [${Array(10).fill(`*${'abcdefg'[index]}`).join(', ')}]`),
  ]
  assert.match((await build({ 'kustomization.yaml': bomb.join('\n') })).stderr, /invalid Kustomization/)
  const polluted = await build({
    'kustomization.yaml': 'resources: [cm.yaml]\nlabels: [{pairs: {__proto__: polluted, constructor: x}}]\n',
    'cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, labels: {__proto__: y}}\ndata: {__proto__: z}\n',
  })
  assert.equal(polluted.objects.length, 1)
  assert.equal(({} as any).polluted, undefined)
  assert.ok(isDeepStrictEqual(Object.keys(Object.prototype), []))
  assert.match((await build({ 'kustomization.yaml': 'resources: [.]\n' })).stderr, /cycle detected/)
})

test('what is not supported is refused by name', async () => {
  const refused = async (kustomization: string): Promise<string> => (await build({ 'kustomization.yaml': kustomization })).stderr
  assert.match(await refused('transformers: ["apiVersion: x/v1\\nkind: Fn\\nmetadata: {name: f}\\n"]\n'), /unable to load external plugin/)
})
