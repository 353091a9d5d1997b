import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonSet } from '#api/gen/apps/v1.ts'
import { controllerRevisions, daemonSets, nodes, pods } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { type HollowKubeletOptions, hollowKubelet } from '../testing/hollow-kubelet.ts'
import { isPodReady } from '../workload/pod-state.ts'
import { daemonSetController } from './index.ts'
import { nodeNameOf } from './node-fit.ts'

const daemon = (updateStrategy: object = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }): any => ({
  metadata: { namespace: 'n', name: 'd', uid: 'd-uid' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    updateStrategy,
    template: { metadata: { labels: { app: 'd' } }, spec: { nodeSelector: { os: 'linux' }, containers: [{ name: 'c', image: 'v1' }] } },
  },
})
const node = (name: string, more: object = {}) => ({ metadata: { name, labels: { os: 'linux' }, ...more }, spec: {} })

function start(t: { after(fn: () => unknown): void }, kubelet: HollowKubeletOptions = {}) {
  const run = testControllers(t, { controllers: [daemonSetController(), hollowKubelet({ nodeOf: (pod) => nodeNameOf(pod), ...kubelet })] })
  const { client } = run
  client.seed(nodes, node('a'), node('b'), node('c'), { metadata: { name: 'windows', labels: { os: 'windows' } } })
  const images = () =>
    client
      .all(pods)
      .map(({ spec }) => `${spec.nodeName} ${spec.containers[0]!.image}`)
      .sort()
  const setImage = async (image: string) => {
    const set = await client.get<DaemonSet>(daemonSets, { namespace: 'n', name: 'd' })
    set.spec.template.spec!.containers[0]!.image = image
    await client.update(daemonSets, set)
  }
  return { ...run, images, setImage }
}

test('Every node that fits has one pod, also those that come and go', async (t) => {
  const { client, settled, images } = start(t)
  client.seed(daemonSets, daemon())
  await settled()
  assert.deepEqual(images(), ['a v1', 'b v1', 'c v1'])
  const status = client.peek(daemonSets, 'n', 'd')!.status
  assert.deepEqual(
    [status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady, status.updatedNumberScheduled, status.numberMisscheduled],
    [3, 3, 3, 3, 0],
  )
  await client.create(nodes, node('e'))
  const b = await client.get(nodes, { name: 'b' })
  await client.update(nodes, { ...b, spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] } } as any)
  await settled()
  assert.deepEqual(images(), ['a v1', 'c v1', 'e v1'])
})

test('A rolling update takes down one node at a time', async (t) => {
  const { client, clock, settled, images, setImage } = start(t, { readyAfterMs: () => 2000, goneAfterMs: 1000 })
  client.seed(daemonSets, daemon())
  await settled()
  await clock.advance(5000)
  await setImage('v2')
  let fewest = 3
  for (let step = 0; step < 60; step++) {
    await clock.advance(500)
    fewest = Math.min(fewest, client.all(pods).filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp).length)
  }
  assert.deepEqual(images(), ['a v2', 'b v2', 'c v2'])
  assert.equal(fewest, 2)
  assert.deepEqual(
    client.all(controllerRevisions).map(({ revision }) => revision),
    [1, 2],
  )
})

test('With surge a new pod is ready before the old one goes', async (t) => {
  const { client, clock, settled, images, setImage } = start(t, { readyAfterMs: () => 2000, goneAfterMs: 1000 })
  client.seed(daemonSets, daemon({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }))
  await settled()
  await clock.advance(5000)
  await setImage('v2')
  let fewest = 3
  for (let step = 0; step < 60; step++) {
    await clock.advance(500)
    fewest = Math.min(fewest, client.all(pods).filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp).length)
  }
  assert.deepEqual(images(), ['a v2', 'b v2', 'c v2'])
  assert.equal(fewest, 3)
})

test('OnDelete leaves pods until they are deleted', async (t) => {
  const { client, settled, images, setImage } = start(t)
  client.seed(daemonSets, daemon({ type: 'OnDelete' }))
  await settled()
  await setImage('v2')
  await settled()
  assert.deepEqual(images(), ['a v1', 'b v1', 'c v1'])
  const [first] = client.all(pods).filter(({ spec }) => spec.nodeName === 'a')
  await client.delete(pods, { namespace: 'n', name: first!.metadata.name }, { gracePeriodSeconds: 0 })
  await settled()
  assert.deepEqual(images(), ['a v2', 'b v1', 'c v1'])
})

test('A node counts as updated when its new pod has taken the place of the old one, and what is rolled over goes from the history first', async (t) => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  const { client, clock, settled, setImage } = start(t, { readyAfterMs: (pod) => (pod.spec.containers[0]!.image === 'v2' ? 1e9 : 0), goneAfterMs: 1000 })
  const set = daemon(strategy)
  client.seed(daemonSets, { ...set, spec: { ...set.spec, revisionHistoryLimit: 1 } })
  await settled()
  await clock.advance(5000)
  await setImage('v2')
  await clock.advance(10_000)
  assert.equal(client.all(pods).length, 4, 'one surge pod, which never gets ready')
  assert.equal(client.peek(daemonSets, 'n', 'd')!.status.updatedNumberScheduled, 0)
  await setImage('v3')
  await clock.advance(60_000)
  const revisions = client.all(controllerRevisions).map(({ revision }) => revision)
  assert.deepEqual(revisions, [1, 3], 'the second had no pods before the first had none')
})
