import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Outcome, startRig } from '../../testing/rig.ts'
import { applySetId } from './applyset.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())

const configMap = (name: string, namespace = 'default') => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { a: 'b' } })
const list = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
const apply = (objects: string, ...more: string[]): Promise<Outcome> => rig.ours(['apply', '-f', '-', '--prune', ...more], objects)
const annotation = async (parent: string, name: string): Promise<string> =>
  (await rig.ours(['get', parent, '-o', `jsonpath={.metadata.annotations.applyset\\.kubernetes\\.io/${name}}`])).stdout

test('the id is the hash that the real kubectl writes', () => {
  const resource = { kind: 'Secret', group: '' } as never
  assert.equal(applySetId({ resource, name: 'set-real', namespace: 'team' }), 'applyset-XMtaw_iffb-0yEMQo6p_ra8FCWXxbjhjBziWxq1JSmY-v1')
})

test('what left the set goes, and nothing else', async () => {
  await rig.ours('create configmap bystander')
  const set = ['--applyset=web', '-n', 'default']
  const both = JSON.stringify(configMap('one'))
  assert.equal((await apply(both, ...set)).stdout, 'configmap/one created\n')
  const { stdout } = await apply(JSON.stringify(configMap('three')), ...set)
  assert.equal(stdout, 'configmap/three created\nconfigmap/one pruned\n')
  assert.equal((await rig.ours('get cm bystander three -o name')).stdout, 'configmap/bystander\nconfigmap/three\n')
  assert.equal(await annotation('secret/web', 'contains-group-kinds'), 'ConfigMap')
})

test('a custom resource is a parent only when its definition says so, is never made, and may span namespaces', async () => {
  await rig.ours('create namespace second')
  const definition = (labels: object) =>
    JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'sets.example.com', labels },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'sets', singular: 'set', kind: 'Set' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    })
  await rig.ours('apply -f -', definition({}))
  await rig.ours('wait --for=condition=Established crd/sets.example.com')
  const objects = list(configMap('here'), configMap('there', 'second'))
  const set = '--applyset=sets.example.com/all'
  let refused = await apply(objects, set)
  // Served a moment after it is established.
  for (let attempt = 0; /no matches for/.test(refused.stderr) && attempt < 20; attempt++) refused = await apply(objects, set)
  assert.equal(refused.stderr, 'error: resource "example.com/v1, Resource=sets" is not permitted as an ApplySet parent\n')
  await rig.ours('apply -f -', definition({ 'applyset.kubernetes.io/is-parent-type': 'true' }))
  assert.equal((await apply(objects, set)).stderr, 'error: custom resource ApplySet parents cannot be created automatically\n')
  const id = applySetId({ resource: { kind: 'Set', group: 'example.com' } as never, name: 'all', namespace: '' })
  const parent = {
    apiVersion: 'example.com/v1',
    kind: 'Set',
    metadata: {
      name: 'all',
      labels: { 'applyset.kubernetes.io/id': id },
      annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.27', 'applyset.kubernetes.io/contains-group-resources': 'configmaps' },
    },
  }
  let made = await rig.ours('create -f -', JSON.stringify(parent))
  for (let attempt = 0; made.code !== 0 && attempt < 20; attempt++) made = await rig.ours('create -f -', JSON.stringify(parent))
  assert.equal((await apply(objects, set)).stdout, 'configmap/here created\nconfigmap/there created\n')
  assert.equal(await annotation('set/all', 'additional-namespaces'), 'default,second')
  assert.equal((await apply(JSON.stringify(configMap('here')), set)).stdout, 'configmap/here unchanged\nconfigmap/there pruned\n')
  assert.equal(await annotation('set/all', 'additional-namespaces'), 'default')
})

test('when an object is refused nothing is pruned, and the parent still knows all of it', async () => {
  const set = ['--applyset=configmaps/careful', '-n', 'default']
  await apply(JSON.stringify(configMap('kept')), ...set)
  const { code, stdout } = await apply(list({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'BAD' } }), ...set)
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.equal((await rig.ours('get cm kept -o name')).stdout, 'configmap/kept\n')
  assert.equal(await annotation('cm/careful', 'contains-group-kinds'), 'ConfigMap,Service')
})

test('an object with the label of a set is refused, after the parent was looked at and before anything is applied', async () => {
  const labelled = { ...configMap('labelled'), metadata: { name: 'labelled', labels: { 'applyset.kubernetes.io/part-of': 'applyset-x-v1' } } }
  const objects = list(configMap('beside'), labelled)
  const already = 'error: ApplySet label "applyset.kubernetes.io/part-of" already set in input data\n'
  const refused = await apply(objects, '--applyset=configmaps/first', '-n', 'default')
  assert.deepEqual(refused, { code: 1, stdout: '', stderr: already })
  assert.equal((await rig.ours('get cm first -o name')).stdout, 'configmap/first\n')
  assert.equal((await rig.ours('get cm beside labelled --ignore-not-found -o name')).stdout, '')
  await rig.ours('create configmap foreign')
  assert.equal(
    (await apply(objects, '--applyset=configmaps/foreign', '-n', 'default')).stderr,
    'error: ApplySet parent object "configmaps./foreign" already exists and is missing required annotation "applyset.kubernetes.io/tooling"\n',
  )
})
