import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, pods } from '#api/gen/resources.ts'
import { startControlPlane } from './control-plane.ts'

const deployment = (name: string, replicas: number, spec: object): any => ({
  metadata: { namespace: 'default', name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'i' }], ...spec } },
  },
})
const perNode = (name: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: name } } }],
    },
  },
})

test('Anti-affinity gives each node one pod, and the surplus says why it waits until there is room', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane()
  const { client, eventually } = cluster
  await client.create(deployments, deployment('one', 4, perNode('one')))
  const list = async () => (await client.list(pods, { namespace: 'default' })).items
  const waiting = await eventually('the fourth waits', async () => {
    const items = await list()
    const pending = items.filter(({ spec }) => !spec.nodeName)
    return items.length === 4 && pending.length === 1 && pending[0]!.status?.conditions?.some(({ reason }) => reason === 'Unschedulable') && pending[0]
  })
  assert.equal(
    waiting.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message,
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, " +
      'preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
  )
  assert.equal(new Set((await list()).flatMap(({ spec }) => spec.nodeName ?? [])).size, 3)
  await client.patch(deployments, { namespace: 'default', name: 'one' }, { spec: { replicas: 3 } }, { type: 'merge' })
  await eventually('the surplus goes', async () => (await list()).filter(({ metadata }) => !metadata.deletionTimestamp).length === 3)
})

test('A topology spread is kept while a Deployment grows', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane()
  const { client, eventually } = cluster
  const constraint = { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'even' } } }
  await client.create(deployments, deployment('even', 9, { topologySpreadConstraints: [constraint] }))
  const placed = await eventually('nine are placed', async () => {
    const { items } = await client.list(pods, { namespace: 'default' })
    return items.length === 9 && items.every(({ spec }) => spec.nodeName) && items
  })
  const counts = Map.groupBy(placed, ({ spec }) => spec.nodeName)
  assert.deepEqual([...counts.values()].map(({ length }) => length).sort(), [3, 3, 3])
})

test('A more important pod gets the room of a less important one', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane({ nodeCount: 1 })
  const { client, eventually } = cluster
  const pod = (name: string, priority: number): any => ({
    metadata: { namespace: 'default', name },
    spec: { priority, terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '3' } } }] },
  })
  const nodeOf = async (name: string) => (await client.get(pods, { namespace: 'default', name })).spec.nodeName
  await client.create(pods, pod('low', 1))
  await eventually('low runs', async () => (await client.get(pods, { namespace: 'default', name: 'low' })).status?.phase === 'Running')
  await client.create(pods, pod('high', 1000))
  await eventually('high is placed', () => nodeOf('high'))
  const left = (await client.list(pods, { namespace: 'default' })).items.map(({ metadata }) => metadata.name)
  assert.deepEqual(left, ['high'])
})
