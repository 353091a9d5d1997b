import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startRig } from './testing/rig.ts'

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

test('wait sees what lasts but a moment, waits for one that is made again, and each in its turn', async () => {
  assert.equal((await rig.ours('create configmap brief --from-literal=a=one')).code, 0)
  const moment = rig.started('wait cm/brief --for=jsonpath={.data.a}=two --timeout=60s -v=6')
  await moment.seen(/watch=true/)
  for (const value of ['two', 'three']) await rig.ours(['patch', 'cm', 'brief', '-p', JSON.stringify({ data: { a: value } })])
  assert.match((await moment.ended).stdout, /^configmap\/brief condition met\n$/)
  const again = rig.started('wait cm/nope cm/brief --for=jsonpath={.data.b} --timeout=60s -v=6')
  await again.seen(/watch=true/)
  await rig.ours('delete cm brief')
  await rig.ours('create configmap brief --from-literal=b=new')
  const { code, stdout, stderr } = await again.ended
  assert.deepEqual([code, stdout], [1, 'configmap/brief condition met\n'])
  assert.match(stderr, /^Error from server \(NotFound\): configmaps "nope" not found$/m)
  const gone = rig.started('wait cm/brief cm/nope --for=delete --timeout=60s -v=6')
  await gone.seen(/watch=true/)
  await rig.ours('delete cm brief')
  assert.equal((await gone.ended).code, 0)
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
  writeFileSync(file, '{apiVersion: v1, kind: Config, users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: p}}}]}')
  assert.match((await config('view')).stdout, /^ +exec:\n +apiVersion: .*\n +args: null\n +command: p\n +env: null\n +provideClusterInfo: false\n$/m)
})

test('diff shows what apply would change, masks secrets, and tells by its exit code', async () => {
  await rig.ours('apply -f -', manifest('nginx:1', { a: '1' }))
  assert.deepEqual(await rig.ours('diff -f -', manifest('nginx:1', { a: '1' })), { code: 0, stdout: '', stderr: '' })
  const changed = await rig.ours('diff -f -', manifest('nginx:9', { a: '1' }))
  assert.equal(changed.code, 1)
  assert.match(changed.stdout, /^-\s+- image: nginx:1$/m)
  assert.match(changed.stdout, /^\+\s+- image: nginx:9$/m)
  const secret = (value: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { k: value } })
  await rig.ours('apply -f -', secret('first'))
  const { stdout } = await rig.ours('diff -f -', secret('second'))
  assert.match(stdout, /\*\*\* \(before\)[\s\S]*\*\*\* \(after\)/)
  assert.doesNotMatch(stdout, new RegExp(Buffer.from('second').toString('base64')))
  assert.equal((await rig.ours('diff -f nope')).code, 2)
})

test('auth reconcile adds what is missing and by wish removes what is extra', async () => {
  const role = (verbs: string[]) =>
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
    })
  const verbs = async () => (await rig.ours(['get', 'role', 'r', '-o', 'jsonpath={.rules[*].verbs[*]}'])).stdout
  assert.equal((await rig.ours('auth reconcile -f -', role(['get']))).stdout, 'role.rbac.authorization.k8s.io/r reconciled\n')
  await rig.ours('auth reconcile -f -', role(['list']))
  assert.equal(await verbs(), 'get list')
  await rig.ours('auth reconcile --remove-extra-permissions -f -', role(['list']))
  assert.equal(await verbs(), 'list')
})

test('the catalog on disk saves the question, and a kind that came later is found all the same', async () => {
  const catalogs = join(rig.dir, '.kube/cache/discovery')
  assert.equal((await rig.ours('get nope')).stderr, 'error: the server doesn\'t have a resource type "nope"\n')
  assert.ok(existsSync(catalogs))
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gears.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'gears', singular: 'gear', kind: 'Gear' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  }
  await rig.ours('apply -f -', JSON.stringify(definition))
  await rig.ours('wait --for=condition=Established crd/gears.example.com')
  const gear = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Gear', metadata: { name: 'g' } })
  // Served a moment after it is established.
  let applied = await rig.ours('apply -f -', gear)
  for (let attempt = 0; applied.code !== 0 && attempt < 20; attempt++) applied = await rig.ours('apply -f -', gear)
  assert.equal(applied.stdout, 'gear.example.com/g created\n', applied.stderr)
  const all = await rig.ours('get all --really-all -o name')
  assert.match(all.stdout, /^gear\.example\.com\/g$/m)
  assert.match(all.stdout, /^role\.rbac\.authorization\.k8s\.io\/r$/m)
  assert.doesNotMatch((await rig.ours('get all -o name')).stdout, /gear/)
})

test('completion offers commands, flags, types, names, namespaces, contexts and containers, and says what may follow', async () => {
  await rig.ours('create namespace fill-in')
  await rig.ours('create serviceaccount default')
  await rig.ours('create configmap complete-me')
  await rig.ours(['run', 'complete-pod', '--image=i', '--overrides={"spec":{"containers":[{"name":"inner","image":"i"}]}}'])
  const complete = async (...words: string[]): Promise<string[]> => (await rig.ours(['__completeNoDesc', ...words])).stdout.trim().split('\n')
  const table: [words: string[], wanted: string, directive: string][] = [
    [['get', 'configm'], 'configmaps', ':4'],
    [['rollout', 'st'], 'status', ':4'],
    [['rollout', 'status', ''], 'deployment', ':4'],
    [['exec', 'comp'], 'complete-pod', ':4'],
    [['logs', ''], 'statefulsets/', ':4'],
    [['port-forward', 'sta'], 'statefulsets/', ':6'],
    [['cp', ''], 'fill-in/', ':2'],
    [['get', 'cm', 'comp'], 'complete-me', ':4'],
    [['get', 'cm/comp'], 'cm/complete-me', ':4'],
    [['logs', 'comp'], 'complete-pod', ':4'],
    [['logs', 'complete-pod', '-c', ''], 'inner', ':4'],
    [['cp', 'comp'], 'complete-pod:', ':2'],
    [['-n', 'fill'], 'fill-in', ':4'],
    [['get', 'pods', '--namespace=fill'], '--namespace=fill-in', ':4'],
    [['get', 'pods', '--context', ''], 'rig', ':4'],
    [['config', 'use-context', ''], 'rig', ':4'],
    [['get', 'pods', '-o', 'js'], 'jsonpath', ':4'],
    [['get', '--sort'], '--sort-by', ':4'],
    [['completion', 'z'], 'zsh', ':4'],
  ]
  for (const [words, wanted, directive] of table) {
    const answer = await complete(...words)
    assert.ok(answer.includes(wanted), `${words.join(' ')}: ${answer.join(' ')}`)
    assert.equal(answer.at(-1), directive, words.join(' '))
  }
  assert.deepEqual(await complete('apply', '-f', ''), [':0'])
  assert.deepEqual(await complete('get', 'nope', ''), [':4'])
})
