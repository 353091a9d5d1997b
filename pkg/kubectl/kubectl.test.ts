import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { noRealKubectl, startRig } from './testing/rig.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())

const manifest = (image: string, labels: object): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
    },
  })

test('apply creates, changes in three ways, and tells when nothing changes', async () => {
  const apply = (text: string) => rig.ours('apply -f -', text)
  assert.deepEqual(await apply(manifest('nginx:1', { a: '1', b: '2' })), { code: 0, stdout: 'deployment.apps/web created\n', stderr: '' })
  assert.equal((await rig.ours('label deploy web other=kept')).stdout, 'deployment.apps/web labeled\n')
  assert.equal((await apply(manifest('nginx:2', { a: '1' }))).stdout, 'deployment.apps/web configured\n')
  assert.equal((await apply(manifest('nginx:2', { a: '1' }))).stdout, 'deployment.apps/web unchanged\n')
  assert.equal((await rig.ours(['get', 'deploy', 'web', '-o', 'jsonpath={.metadata.labels}'])).stdout, '{"a":"1","other":"kept"}')
})

test('create, patch, delete', async () => {
  assert.equal((await rig.ours('create configmap one --from-literal=a=b')).stdout, 'configmap/one created\n')
  assert.deepEqual(await rig.ours('create configmap one'), {
    code: 1,
    stdout: '',
    stderr: 'error: failed to create configmap: configmaps "one" already exists\n',
  })
  assert.equal((await rig.ours(['patch', 'cm', 'one', '--type=merge', '-p', '{"data":{"a":"c"}}'])).stdout, 'configmap/one patched\n')
  assert.equal((await rig.ours('delete cm one')).stdout, 'configmap "one" deleted from default namespace\n')
  assert.deepEqual(await rig.ours('get cm one'), { code: 1, stdout: '', stderr: 'Error from server (NotFound): configmaps "one" not found\n' })
})

test('config is written and read back', async () => {
  const file = join(rig.dir, 'own-config')
  writeFileSync(file, '')
  const config = (line: string) => rig.ours(`--kubeconfig ${file} config ${line}`)
  assert.equal((await config('set-cluster c --server=https://127.0.0.1:1')).stdout, 'Cluster "c" set.\n')
  assert.equal((await config('set-context x --cluster=c --namespace=n')).stdout, 'Context "x" created.\n')
  assert.equal((await config('use-context x')).stdout, 'Switched to context "x".\n')
  assert.equal((await config('current-context')).stdout, 'x\n')
  assert.match((await config('get-contexts')).stdout, /^CURRENT {3}NAME {3}CLUSTER {3}AUTHINFO {3}NAMESPACE\n\* {9}x {6}c {20}n\n$/)
})

const lines = [
  'get ns',
  'get ns -o name',
  'get ns default -o yaml',
  'get ns default -o json',
  'get ns -o yaml',
  'get pods',
  'get pods -A',
  'get deploy,svc',
  'get all',
  'get foo',
  'get ns nope',
  'get cm/a svc web',
  'get clusterroles -o wide',
  'get ns -o custom-columns=NAME:.metadata.name,L:.metadata.labels,X:.x',
  'get ns --sort-by=.metadata.name --no-headers',
  'describe ns default',
  'describe deploy web',
  'describe sa default',
  'create secret generic s --from-literal=a=b --dry-run=server -o name',
  'apply -f /nonexistent',
  'rollout status deploy web --watch=false',
  'auth can-i get pods',
  'api-versions',
]

/** Ages and padding change from one call to the next. */
const settled = (text: string): string => text.replace(/\b(\d+[smhd])+\b/g, 'AGE').replace(/ +/g, ' ')

test('output equals that of the real kubectl', { skip: noRealKubectl ?? false }, async () => {
  for (const line of lines) {
    const [ours, real] = await Promise.all([rig.ours(line), rig.real(line)])
    assert.deepEqual(
      { line, code: ours.code, stdout: settled(ours.stdout), stderr: settled(ours.stderr) },
      { line, code: real.code, stdout: settled(real.stdout), stderr: settled(real.stderr) },
    )
  }
})
