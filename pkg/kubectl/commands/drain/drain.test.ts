/** kubectl drain: which pods it refuses, warns of, leaves and takes, in the original's words. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toYaml } from '../../printers/yaml.ts'
import { type KubectlRig, startRig } from '../../testing/rig.ts'

let rig: KubectlRig

interface PodOptions {
  readonly owner?: { readonly kind: string; readonly apiVersion: string; readonly name: string }
  readonly emptyDir?: boolean
  readonly mirror?: boolean
}

const pod = (name: string, { owner, emptyDir, mirror }: PodOptions = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { name },
    ...(mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
    ...(owner ? { ownerReferences: [{ ...owner, uid: owner.name, controller: true }] } : {}),
  },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...(emptyDir ? { volumes: [{ name: 'e', emptyDir: {} }] } : {}) },
})
const replicaSet = { kind: 'ReplicaSet', apiVersion: 'apps/v1', name: 'rs' }
const daemonSet = (name: string) => ({ kind: 'DaemonSet', apiVersion: 'apps/v1', name })
const everywhere = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'everywhere' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
}

async function create(...objects: object[]): Promise<void> {
  const { code, stderr } = await rig.ours('create -f -', objects.map((each) => toYaml(each)).join('---\n'))
  assert.equal(code, 0, stderr)
}

before(async () => {
  rig = await startRig()
  await create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }).catch(() => undefined)
  await create(
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { of: 'test' } } },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2', labels: { of: 'test' } } },
    everywhere,
    pod('kept', { owner: replicaSet }),
    pod('alone'),
    pod('scratch', { owner: replicaSet, emptyDir: true }),
    pod('agent', { owner: daemonSet('everywhere') }),
    pod('orphan', { owner: daemonSet('gone') }),
    pod('static', { owner: { kind: 'Node', apiVersion: 'v1', name: 'n1' }, mirror: true }),
  )
})
after(() => rig[Symbol.asyncDispose]())

test('what may not be taken is told by reason, for each node, and the nodes stay cordoned', async () => {
  const refusals = [
    'cannot delete Pods that declare no controller (use --force to override): default/alone',
    'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/agent',
    'cannot delete daemonsets.apps "gone" not found: default/orphan',
    'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/scratch',
  ]
  const { code, stdout, stderr } = await rig.ours('drain n1 n2')
  assert.deepEqual([code, stdout], [1, 'node/n1 cordoned\nnode/n2 cordoned\nnode/n2 drained\n'])
  const [first = '', ...rest] = stderr.trimEnd().split('\n')
  for (const refusal of refusals) assert.ok(first.includes(refusal), `${refusal} in ${first}`)
  assert.match(first, /^error: unable to drain node "n1" due to error: \[cannot delete .*\], continuing command\.\.\.$/)
  assert.deepEqual(rest.slice(0, 2), ['There are pending nodes to be drained:', ' n1'])
  assert.deepEqual(rest.slice(2).sort(), refusals.toSorted())
})

test('a dry run tells what would go, and what it warns of', async () => {
  const line = 'drain n1 --dry-run=client --ignore-daemonsets --delete-emptydir-data --force'
  const { code, stdout, stderr } = await rig.ours(line)
  assert.equal(code, 0, stderr)
  assert.deepEqual(stdout.trimEnd().split('\n').sort(), [
    'evicting pod default/alone (dry run)',
    'evicting pod default/kept (dry run)',
    'evicting pod default/orphan (dry run)',
    'evicting pod default/scratch (dry run)',
    'node/n1 already cordoned (dry run)',
    'node/n1 drained (dry run)',
  ])
  assert.match(stderr, /^Warning: .*ignoring DaemonSet-managed Pods: default\/agent/)
  assert.match(stderr, /deleting Pods that declare no controller: default\/alone/)
  assert.equal(
    (await rig.ours('drain n1 --dry-run=server --pod-selector=name=kept')).stdout,
    'node/n1 already cordoned (server dry run)\nevicting pod default/kept (server dry run)\nnode/n1 drained (server dry run)\n',
  )
  assert.equal((await rig.ours('get pods -o name')).stdout.split('\n').length, 7)
})

test('--pod-selector takes only its own, by eviction or by deletion', async () => {
  assert.deepEqual(await rig.ours(['drain', 'n1', '--pod-selector=a in (']), {
    code: 1,
    stdout: '',
    stderr: 'error: --pod-selector=<pod_selector> must be a valid label selector\n',
  })
  assert.equal((await rig.ours('drain n1 --pod-selector=name=none')).stdout, 'node/n1 already cordoned\nnode/n1 drained\n')
  assert.equal(
    (await rig.ours('drain n1 --pod-selector=name=kept --grace-period=0')).stdout,
    'node/n1 already cordoned\nevicting pod default/kept\npod/kept evicted\nnode/n1 drained\n',
  )
  const alone = 'drain n1 --pod-selector=name=alone --grace-period=0 --force --disable-eviction'
  assert.deepEqual(await rig.ours(alone), {
    code: 0,
    stdout: 'node/n1 already cordoned\npod/alone deleted\nnode/n1 drained\n',
    stderr: 'Warning: deleting Pods that declare no controller: default/alone\n',
  })
})

test('of several nodes each has one line of what failed, and a deletion that does not end is told as any failure', async () => {
  const stuck = (nodeName: string, options?: PodOptions) => {
    const { metadata, spec, ...rest } = pod(`stuck-${nodeName}`, options)
    return { ...rest, metadata: { ...metadata, labels: { stuck: 'yes' } }, spec: { ...spec, nodeName } }
  }
  await create(stuck('n1'), stuck('n2', { emptyDir: true }))
  const refused = await rig.ours('drain n1 n2')
  assert.match(
    refused.stderr,
    /^There are pending nodes to be drained:\n n1\n n2\n\[cannot delete .*\]\ncannot delete Pods with local storage .*: default\/stuck-n2\n$/m,
  )
  const line = 'drain n1 --pod-selector=stuck=yes --force --delete-emptydir-data --disable-eviction --timeout=100ms'
  const told = await rig.ours(line)
  assert.equal(told.code, 1)
  assert.match(told.stderr, /^There are pending nodes to be drained:\n n1\nerror: context deadline exceeded\n$/m)
  const both = await rig.ours(line.replace('n1', 'n1 n2'))
  assert.match(both.stderr, /^There are pending nodes to be drained:\n n1\n n2\ncontext deadline exceeded\ncontext deadline exceeded\n$/m)
  assert.equal((await rig.ours('delete pod -l stuck=yes --grace-period=0 --force')).code, 0)
})

test('what has ended needs no leave', async () => {
  await create(pod('done', { emptyDir: true }))
  await rig.ours(['patch', 'pod', 'done', '--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Succeeded"}}'])
  assert.equal(
    (await rig.ours('drain -l of=test --pod-selector=name=done --grace-period=0')).stdout,
    'node/n1 already cordoned\nnode/n2 already cordoned\nevicting pod default/done\npod/done evicted\nnode/n1 drained\nnode/n2 drained\n',
  )
})
