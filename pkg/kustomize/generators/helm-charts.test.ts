import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { buildKustomization } from '../build.ts'
import type { HelmSettings } from './helm-charts.ts'

const chart = { 'charts/web/values.yaml': 'size: 1\ndeep: {a: 1, b: 2}\nlist: [1, 2]\ngone: x\n' }
const printed = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made, namespace: ns}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: svc}\n'

interface Run {
  readonly objects: any[]
  readonly error: string
  /** The words of each start of helm, without the paths that differ from run to run. */
  readonly lines: readonly string[]
  readonly environment: string
  /** What the last values file said. */
  readonly values: any
}

interface Faked {
  readonly version?: string
  readonly prints?: string
  readonly exit?: number
  readonly settings?: Partial<HelmSettings>
}

/** A program that notes how it was started stands for helm. */
async function build(files: Readonly<Record<string, string>>, { version = 'v4.2.4+g1', prints = printed, exit = 0, settings = {} }: Faked = {}): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'helm-charts-'))
  const at = (path: string): string => join(folder, path)
  try {
    for (const [path, text] of Object.entries({ 'root/.keep': '', ...files })) {
      const target = at(path.startsWith('../') ? path.slice(3) : `root/${path}`)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    }
    writeFileSync(at('prints'), prints)
    const script = `#!/bin/sh
echo "$*" >>${at('lines')}
echo "$HELM_CONFIG_HOME $HELM_CACHE_HOME $HELM_DATA_HOME" >${at('environment')}
case $1 in
version) echo '${version}' ;;
pull) mkdir -p "$4/web" && echo 'pulled: 1' >"$4/web/values.yaml" ;;
template)
  while [ $# -gt 0 ]; do [ "$1" = -f ] && { cp "$2" ${at('values')}; break; }; shift; done
  echo 'said by helm' >&2
  cat ${at('prints')}
  exit ${exit} ;;
esac
`
    writeFileSync(at('helm'), script)
    chmodSync(at('helm'), 0o755)
    let [objects, error] = [[] as any[], '']
    try {
      objects = await buildKustomization(at('root'), { helm: { enabled: true, command: at('helm'), ...settings } })
    } catch (thrown) {
      error = (thrown as Error).message
    }
    const plain = (text: string): string => text.replaceAll(`${folder}/`, '').replace(/(?:\/[\w.-]+)*\/kustomize-helm-\w{6}/g, 'SCRATCH')
    const read = (path: string): string => (existsSync(at(path)) ? plain(readFileSync(at(path), 'utf8')) : '')
    return {
      objects,
      error: plain(error),
      lines: read('lines').split('\n').filter(Boolean),
      environment: read('environment').trim(),
      values: parseYaml(read('values')).value,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const kustomization = (charts: string, more = ''): Record<string, string> => ({ ...chart, 'kustomization.yaml': `helmCharts: [${charts}]\n${more}` })

test('a chart in the folder is rendered with its own values, and helm is given a home of its own', async () => {
  const { objects, lines, environment, values, error } = await build(kustomization('{name: web, releaseName: one}'))
  assert.equal(error, '')
  assert.deepEqual(lines, ['version --short', 'template one root/charts/web -f SCRATCH/web-kustomize-values.yaml'])
  assert.deepEqual(
    objects.map(({ kind, metadata }) => [kind, metadata.name]),
    [
      ['ConfigMap', 'made'],
      ['Service', 'svc'],
    ],
  )
  assert.deepEqual(values, { size: 1, deep: { a: 1, b: 2 }, list: [1, 2], gone: 'x' })
  assert.equal(environment, 'SCRATCH/helm SCRATCH/helm/.cache SCRATCH/helm/.data')
})

test('every field has its flag; what the command line says counts where the kustomization says nothing', async () => {
  const full =
    '{name: web, version: 1.2.3, releaseName: r, namespace: space, nameTemplate: t, additionalValuesFiles: [more.yaml], apiVersions: [a/v1, b/v1], kubeVersion: "1.30", includeCRDs: true, skipTests: true, skipHooks: true, debug: true, devel: true}'
  const files = { ...kustomization(full, 'helmGlobals: {chartHome: charts, configHome: /home/helm}\n'), 'more.yaml': 'x: y' }
  const { lines, environment, error } = await build(files, { settings: { kubeVersion: '1.36', apiVersions: ['c/v1'] } })
  assert.equal(error, '')
  assert.equal(
    lines[1],
    'template r root/charts/web --namespace space --name-template t -f SCRATCH/web-kustomize-values.yaml -f root/more.yaml --api-versions a/v1 --api-versions b/v1 --kube-version 1.30 --include-crds --skip-tests --no-hooks --debug --devel',
  )
  assert.equal(environment, '/home/helm /home/helm/.cache /home/helm/.data')
  const told = await build(kustomization('{name: web}'), { settings: { kubeVersion: '1.36', apiVersions: ['c/v1'], debug: true } })
  assert.equal(told.lines[1], 'template --generate-name root/charts/web -f SCRATCH/web-kustomize-values.yaml --api-versions c/v1 --kube-version 1.36 --debug')
})

for (const [valuesMerge, expected] of [
  ['override', { size: 2, deep: { a: 1, b: 3 }, list: [9], more: true }],
  ['merge', { size: 1, deep: { a: 1, b: 2 }, list: [1, 2], gone: 'x', more: true }],
  ['replace', { size: 2, deep: { b: 3 }, list: [9], gone: null, more: true }],
] as const) {
  test(`valuesInline meets the chart's values: ${valuesMerge}`, async () => {
    const inline = '{size: 2, deep: {b: 3}, list: [9], gone: null, more: true}'
    const { values, error } = await build(kustomization(`{name: web, releaseName: one, valuesMerge: ${valuesMerge}, valuesInline: ${inline}}`))
    assert.equal(error, '')
    assert.deepEqual(values, expected)
  })
}

test('a values file stands in for that of the chart', async () => {
  const { values } = await build({ ...kustomization('{name: web, valuesFile: own.yaml}'), 'own.yaml': 'only: this\n' })
  assert.deepEqual(values, { only: 'this' })
})

for (const [repo, from] of [
  ['https://charts.example.com', '--repo https://charts.example.com web'],
  ['oci://charts.example.com/x/', 'oci://charts.example.com/x/web'],
]) {
  test(`a chart that is not there is pulled from ${repo}, once, into a folder of its version`, async () => {
    const { lines, values, error } = await build({ 'kustomization.yaml': `helmCharts: [{name: web, version: 1.0.0, repo: "${repo}", devel: true}]\n` })
    assert.equal(error, '')
    assert.equal(lines[1], `pull --untar --untardir root/charts/web-1.0.0 ${from} --version 1.0.0 --devel`)
    assert.match(lines[2]!, /^template --generate-name root\/charts\/web-1\.0\.0\/web /)
    assert.deepEqual(values, { pulled: 1 })
  })
}

test('what a chart makes is in the namespace that helm was told; the rest of the kustomization changes it', async () => {
  const { lines, objects } = await build(kustomization('{name: web}', 'namespace: mine\nnamePrefix: a-\nbuildMetadata: [originAnnotations]\n'))
  assert.match(lines[1]!, / --namespace mine /)
  assert.deepEqual(
    objects.map(({ metadata }) => [metadata.name, metadata.namespace]),
    [
      ['a-made', 'ns'],
      ['a-svc', undefined],
    ],
  )
  assert.match(objects[0].metadata.annotations['config.kubernetes.io/origin'], /kind: HelmChartInflationGenerator/)
})

test('charts of a folder below go by the namespace above, where neither they nor their kustomization name one', async () => {
  const below = { 'kustomization.yaml': 'namespace: above\nresources: [base]\n', 'base/kustomization.yaml': 'helmCharts: [{name: web}]\n' }
  const { lines, error } = await build({ ...below, 'base/charts/web/values.yaml': '' })
  assert.equal(error, '')
  assert.match(lines[1]!, / --namespace above /)
})

test('the older field, and a generator of its own file, say the same', async () => {
  const older = {
    ...chart,
    'kustomization.yaml': 'helmChartInflationGenerator: [{chartName: web, releaseName: old, chartHome: charts, valuesLocal: {size: 5}}]\n',
  }
  const { lines, values } = await build(older)
  assert.match(lines[1]!, /^template old root\/charts\/web /)
  assert.equal(values.size, 5)
  const file = 'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: g}\nname: web\nreleaseName: own\n'
  const { objects, lines: own } = await build({ ...chart, 'kustomization.yaml': 'generators: [g.yaml]\n', 'g.yaml': file })
  assert.match(own[1]!, /^template own root\/charts\/web /)
  assert.equal(objects.length, 2)
})

test('what helm says before its objects is passed over', async () => {
  const { objects, error } = await build(kustomization('{name: web}'), { prints: `Pulled: x: y\nDigest: [\n---\n${printed}` })
  assert.equal(error, '')
  assert.equal(objects.length, 2)
})

test('what is wrong is told in the words of kustomize, before helm is started where it can be', async () => {
  const configuring = 'trouble configuring builtin HelmChartInflationGenerator with config: `\n'
  const cases: readonly (readonly [files: Record<string, string>, faked: Faked, error: string, started?: number])[] = [
    [kustomization('{name: web}'), { settings: { enabled: false } }, `${configuring}name: web\n\`: must specify --enable-helm`],
    [kustomization('{name: web}'), { settings: { command: '' } }, `${configuring}name: web\n\`: must specify --helm-command`],
    [kustomization('{releaseName: r}'), {}, `${configuring}releaseName: r\n\`: chart name cannot be empty`],
    [kustomization('{name: web, valuesMerge: x}'), {}, `${configuring}name: web\nvaluesMerge: x\n\`: valuesMerge must be one of [merge override replace]`],
    [kustomization('{name: "--help"}'), {}, `${configuring}name: --help\n\`: '--help' may not begin with a dash`],
    [
      kustomization('{name: web, releaseName: "--post-renderer=x"}'),
      {},
      `${configuring}name: web\nreleaseName: --post-renderer=x\n\`: '--post-renderer=x' may not begin with a dash`,
    ],
    [kustomization('{name: ../web}'), {}, `${configuring}name: ../web\n\`: chart name '../web' may not hold a path`],
    [kustomization('{name: none}'), {}, "no repo specified for pull, no chart found at ''", 1],
    [kustomization('{name: web}'), { version: 'v2.17.0' }, 'this plugin requires helm V3 or V4 but got v2.17.0', 1],
    [kustomization('{name: web}'), { version: 'what' }, 'cannot find version string in what\n', 1],
    [
      kustomization('{name: web}'),
      { settings: { command: 'no-such-helm' } },
      ": unable to run: 'no-such-helm version --short' with env=[HELM_CONFIG_HOME=SCRATCH/helm HELM_CACHE_HOME=SCRATCH/helm/.cache HELM_DATA_HOME=SCRATCH/helm/.data] (is 'no-such-helm' installed?): exec: \"no-such-helm\": executable file not found in $PATH",
    ],
    [
      kustomization('{name: web, releaseName: r}'),
      { exit: 3 },
      "said by helm\n: unable to run: 'helm template r root/charts/web -f SCRATCH/web-kustomize-values.yaml' with env=[HELM_CONFIG_HOME=SCRATCH/helm HELM_CACHE_HOME=SCRATCH/helm/.cache HELM_DATA_HOME=SCRATCH/helm/.data] (is 'helm' installed?): exit status 3",
      2,
    ],
  ]
  for (const [files, faked, error, started = 0] of cases) {
    const run = await build(files, faked)
    assert.equal(run.error, error)
    assert.equal(run.lines.length, started, error)
  }
  const outside = await build({ ...kustomization('{name: web, valuesFile: ../out.yaml}'), '../out.yaml': 'a: b' })
  assert.match(outside.error, /security; file '.*out\.yaml' is not in or below 'root'/)
  const unknown = await build(kustomization('{name: web, chart: x}'))
  assert.match(unknown.error, /unknown field "chart"/)
})
