import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { nodeIpamController } from '../node-ipam/index.ts'
import { podGcController } from '../pod-gc/index.ts'
import { taintEvictionController } from '../taint-eviction/index.ts'
import { nodeLifecycleController } from './index.ts'

const tolerations = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))
const node = (name: string) => ({
  metadata: { name },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' }] },
})
const pod = (name: string, nodeName: string, more: object = {}) => ({
  metadata: { namespace: 'n', name },
  spec: { nodeName, tolerations, ...more },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
})

function start(t: { after(fn: () => unknown): void }) {
  const settings = { rootCa: '', podCidr: '10.244.0.0/16' }
  const run = testControllers(t, {
    controllers: [nodeLifecycleController(settings), taintEvictionController(), podGcController(settings), nodeIpamController(settings)!],
  })
  const { client, clock } = run
  const renew = async (name: string) => {
    await client.patch(leases, { namespace: 'kube-node-lease', name }, { spec: { renewTime: rfc3339(clock.now()) } }, { type: 'apply' })
  }
  const taints = (name: string) => (client.peek(nodes, undefined, name)?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort()
  const ready = (name: string) => client.peek(nodes, undefined, name)?.status?.conditions?.find(({ type }) => type === 'Ready')
  return { ...run, renew, taints, ready }
}

test('A silent node becomes Unknown after 50 s, is tainted, and its pods leave after five minutes more', async (t) => {
  const { client, clock, settled, advance, renew, taints, ready } = start(t)
  client.seed(nodes, node('alive'), node('silent'))
  client.seed(pods, pod('p', 'silent'), pod('forever', 'silent', { tolerations: [{ operator: 'Exists' }] }), pod('q', 'alive'))
  await settled()
  for (let seconds = 0; seconds < 40; seconds += 10) {
    await renew('alive')
    await advance(10_000)
  }
  assert.equal(ready('silent')?.status, 'True')
  await renew('alive')
  await advance(11_000)
  assert.equal(ready('silent')?.status, 'Unknown')
  assert.equal(ready('silent')?.message, 'Kubelet stopped posting node status.')
  assert.equal(ready('alive')?.status, 'True')
  assert.deepEqual(taints('silent'), ['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule'])
  const isReady = (name: string) => client.peek(pods, 'n', name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.status
  assert.deepEqual([isReady('p'), isReady('q')], ['False', 'True'])
  const until = clock.now() + 299_000
  while (clock.now() < until) {
    await renew('alive')
    await advance(10_000)
  }
  await advance(5_000)
  assert.ok(client.peek(pods, 'n', 'p')?.metadata.deletionTimestamp)
  assert.equal(client.peek(pods, 'n', 'p')?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'DeletionByTaintManager')
  assert.equal(client.peek(pods, 'n', 'forever')?.metadata.deletionTimestamp, undefined)
})

test('When every node is silent nobody is driven away', async (t) => {
  const { client, settled, advance, taints } = start(t)
  client.seed(nodes, node('only'))
  await settled()
  await advance(60_000)
  assert.deepEqual(taints('only'), ['node.kubernetes.io/unreachable:NoSchedule'])
})

test('A node that comes back loses its taints; cordoning has a taint of its own', async (t) => {
  const { client, settled, advance, taints } = start(t)
  client.seed(nodes, { ...node('a'), spec: { unschedulable: true, taints: [{ key: 'mine', effect: 'NoSchedule' }] } })
  await settled()
  await advance(60_000)
  assert.deepEqual(taints('a'), ['mine:NoSchedule', 'node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule'])
  const current = await client.get(nodes, { name: 'a' })
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:01:00Z' }]
  await client.update(nodes, { ...current, status: { ...current.status, conditions } } as any, { subresource: 'status' })
  await settled()
  assert.deepEqual(taints('a'), ['mine:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule'])
})

test('Pods of a node that is gone are swept up after the quarantine', async (t) => {
  const { client, settled, advance } = start(t)
  client.seed(nodes, node('a'))
  client.seed(pods, pod('p', 'gone'), pod('q', 'a'))
  await settled()
  await advance(50_000)
  assert.equal(client.all(pods).length, 2)
  await advance(20_000)
  assert.deepEqual(
    client.all(pods).map(({ metadata }) => metadata.name),
    ['q'],
  )
})

test('Every node gets a pod range of its own, and one brought along is left and not given twice', async (t) => {
  const { client, settled } = start(t)
  client.seed(nodes, { ...node('own'), spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] } }, node('a'), node('b'))
  await settled()
  const range = (name: string) => client.peek(nodes, undefined, name)?.spec?.podCIDR
  assert.deepEqual([range('own'), range('a'), range('b')], ['10.244.1.0/24', '10.244.0.0/24', '10.244.2.0/24'])
})
