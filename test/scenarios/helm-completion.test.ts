/** Words that a shell is offered. Where there is a real Helm, it offers the same. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { both } from '#helm/testing/both.ts'
import { place } from '#helm/testing/servers.ts'

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: one, context: {cluster: c, user: u}}]
users: [{name: u, user: {}}]
current-context: one
`
const index = `apiVersion: v1
entries:
  web:
  - {apiVersion: v2, name: web, version: 1.0.0, appVersion: "1", urls: [x.tgz], created: "2026-01-01T00:00:00Z"}
  - {apiVersion: v2, name: web, version: 0.9.0, urls: [y.tgz], deprecated: true}
`
const plugin = `apiVersion: v1
name: plug
version: 0.1.0
type: cli/v1
runtime: subprocess
config: {shortHelp: says something, ignoreFlags: false}
runtimeConfig: {platformCommand: [{command: echo}]}
`

const charts = [
  'one/\thttp://127.0.0.1:1/one',
  'oci://\tChart OCI prefix',
  'https://\tChart URL prefix',
  'http://\tChart URL prefix',
  'file://\tChart local URL prefix',
]
const local = ['./\tRelative path prefix to local chart', '/\tAbsolute path prefix to local chart']
const noMore = ['_activeHelp_ This command does not take any more arguments (but may accept flags).', ':4']

/** The words before the one that is typed, that one, and what is offered; undefined where only the real Helm is compared with. */
const cases: readonly (readonly [before: string, typed: string, wanted?: readonly string[]])[] = [
  ['', ''],
  ['', 'up', ['upgrade\tupgrade a release', ':4']],
  ['help', ''],
  ['help plugin', ''],
  ['completion', ''],
  ['plugin uninstall', '', ['plug\tsays something', ':4']],
  ['plugin update plug', '', [':4']],
  ['plugin install', '', [':0']],
  ['plug', '', [':0']],
  ['repo remove', '', ['one\thttp://127.0.0.1:1/one', ':4']],
  ['repo remove one', '', [':4']],
  ['repo add', '', [':4']],
  ['repo add a b', '', noMore],
  ['show chart', '', [...charts, ...local, ':2']],
  ['show chart', 'on', ['one/\thttp://127.0.0.1:1/one', ':2']],
  ['show chart', 'one/', ['one/web', 'one/work', ':0']],
  ['show chart', 'we', [':0']],
  ['show values one/web', '', noMore],
  ['show chart one/web --version', '', ['1.0.0\tApp: 1, Created: January 1, 2026', '0.9.0\tCreated: January 1, 0001 (deprecated)', ':4']],
  ['install name one/web --version', ''],
  ['install', '', [':4']],
  ['install name', '', [...charts, ...local, ':2']],
  ['install --generate-name', '', [...charts, ...local, ':2']],
  ['install name one/web', '', [':4']],
  ['pull', '', [...charts, ':6']],
  ['pull', 'one/w', ['one/web', 'one/work', ':4']],
  ['template name', 'ht', ['https://\tChart URL prefix', 'http://\tChart URL prefix', ':2']],
  ['verify', '', [':0']],
  ['verify a', '', noMore],
  ['push', '', [':0']],
  ['push a', '', ['oci://', ':6']],
  ['env', 'HELM_N'],
  ['list', '', noMore],
  ['list --kube-context', '', ['one\tc', ':4']],
  ['list --output', ''],
  ['list -o', 'y', ['json\tOutput result in JSON format', 'table\tOutput result in human-readable format', 'yaml\tOutput result in YAML format', ':4']],
  ['install -f', '', [':0']],
  ['install', '--wait=', [':0']],
  ['nothing', '', [':0']],
]

test('words, flags and their values are completed', async (t) => {
  const { dir, env } = place(t)
  const write = (name: string, text: string): void => {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  write('kubeconfig', kubeconfig)
  write('.config/helm/repositories.yaml', 'apiVersion: ""\ngenerated: "0001-01-01T00:00:00Z"\nrepositories:\n- {name: one, url: "http://127.0.0.1:1/one"}\n')
  write('.cache/helm/repository/one-index.yaml', index)
  write('.cache/helm/repository/one-charts.txt', 'web\nwork\n')
  write('.local/share/helm/plugins/plug/plugin.yaml', plugin)
  const surroundings = { dir, env: { ...env, KUBECONFIG: join(dir, 'kubeconfig') } }
  for (const [before, typed, wanted] of cases) {
    const words = before.split(' ').filter((word) => word !== '')
    const { stdout } = await both(['__complete', ...words, typed], surroundings)
    if (wanted) assert.deepEqual(stdout.trimEnd().split('\n'), wanted, `${before} ${typed}`)
    const { stdout: bare } = await both(['__completeNoDesc', ...words, typed], surroundings)
    assert.equal(bare, stdout.replaceAll(/\t.*/g, ''))
  }
})
