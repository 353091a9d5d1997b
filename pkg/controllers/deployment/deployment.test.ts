import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deployment, ReplicaSet } from '#api/gen/apps/v1.ts'
import { deployments, events, pods, replicaSets } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { replicaSetController } from '../replica-set/index.ts'
import { type HollowKubeletOptions, hollowKubelet } from '../testing/hollow-kubelet.ts'
import { isPodReady } from '../workload/pod-state.ts'
import { deploymentController } from './index.ts'

function deployment(spec: object = {}): any {
  return {
    metadata: { namespace: 'n', name: 'web', uid: 'web-uid' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status: {},
  }
}

function start(t: { after(fn: () => unknown): void }, kubelet: HollowKubeletOptions = {}) {
  const run = testControllers(t, { controllers: [deploymentController(), replicaSetController(), hollowKubelet(kubelet)] })
  const { client } = run
  const get = () => client.peek<Deployment>(deployments, 'n', 'web')!
  const change = async (edit: (object: Deployment) => void) => {
    const object = await client.get(deployments, { namespace: 'n', name: 'web' })
    edit(object)
    await client.update(deployments, object)
    await run.settled()
  }
  const setImage = (image: string) =>
    change((object) => {
      object.spec.template.spec!.containers[0]!.image = image
    })
  const sizes = () => Object.fromEntries(client.all<ReplicaSet>(replicaSets).map((set) => [set.spec.template.spec!.containers[0]!.image, set.spec.replicas]))
  const condition = (type: string) => get().status?.conditions?.find((each) => each.type === type)
  const messages = () => client.all(events).map(({ message }) => message!)
  return { ...run, get, change, setImage, sizes, condition, messages }
}

test("A new Deployment comes up through one ReplicaSet with upstream's labels, annotations, conditions and events", async (t) => {
  const { client, settled, get, condition, messages } = start(t)
  client.seed(deployments, deployment())
  await settled()
  const [set] = client.all(replicaSets)
  const hash = set!.metadata.labels!['pod-template-hash']!
  assert.equal(set?.metadata.name, `web-${hash}`)
  assert.equal(set?.spec.selector?.matchLabels?.['pod-template-hash'], hash)
  assert.deepEqual(set?.metadata.annotations, {
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
    'deployment.kubernetes.io/revision': '1',
  })
  assert.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '1')
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = get().status!
  assert.deepEqual([replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas], [3, 3, 3, 3, 0])
  assert.equal(condition('Progressing')?.reason, 'NewReplicaSetAvailable')
  assert.equal(condition('Progressing')?.message, `ReplicaSet "web-${hash}" has successfully progressed.`)
  assert.equal(condition('Available')?.reason, 'MinimumReplicasAvailable')
  assert.ok(messages().includes(`Scaled up replica set web-${hash} from 0 to 3`))
})

test('A rolling update never has more than one surplus pod nor fewer ready pods than wanted', async (t) => {
  const { client, clock, settled, setImage, sizes, condition } = start(t, { readyAfterMs: () => 2000, goneAfterMs: 1000 })
  client.seed(deployments, deployment())
  await settled()
  await clock.advance(5000)
  await setImage('v2')
  let most = 0
  let fewestReady = 99
  for (let step = 0; step < 60; step++) {
    await clock.advance(500)
    const alive = client.all(pods).filter(({ metadata }) => !metadata.deletionTimestamp)
    most = Math.max(most, alive.length)
    fewestReady = Math.min(fewestReady, alive.filter(isPodReady).length)
  }
  assert.deepEqual(sizes(), { v1: 0, v2: 3 })
  assert.equal(most, 4)
  assert.equal(fewestReady, 3)
  assert.equal(condition('Progressing')?.reason, 'NewReplicaSetAvailable')
})

test('Going back to an earlier template takes up its ReplicaSet under a new revision', async (t) => {
  const { client, settled, setImage, sizes, get } = start(t)
  client.seed(deployments, deployment())
  await settled()
  await setImage('v2')
  await setImage('v1')
  assert.deepEqual(sizes(), { v1: 3, v2: 0 })
  assert.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
  const first = client.all(replicaSets).find((set) => set.spec.replicas === 3)!
  assert.equal(first.metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
  assert.equal(first.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1')
})

test('Revisions are int64: one beyond 2^53 is counted on exactly', async (t) => {
  const { client, settled, setImage, get } = start(t)
  client.seed(deployments, deployment())
  await settled()
  const first = client.all(replicaSets)[0]!
  const annotations = { ...first.metadata.annotations, 'deployment.kubernetes.io/revision': '3546343826724305832' }
  await client.update(replicaSets, { ...first, metadata: { ...first.metadata, annotations } })
  await setImage('v2')
  assert.equal(get().metadata.annotations?.['deployment.kubernetes.io/revision'], '3546343826724305833')
})

test('Old ReplicaSets beyond the history limit are deleted, the oldest first', async (t) => {
  const { client, settled, setImage, sizes } = start(t)
  client.seed(deployments, deployment({ revisionHistoryLimit: 1 }))
  await settled()
  for (const image of ['v2', 'v3', 'v4']) await setImage(image)
  assert.deepEqual(sizes(), { v3: 0, v4: 3 })
})

test('A paused Deployment scales but does not roll, and says so', async (t) => {
  const { client, settled, change, setImage, sizes, condition } = start(t)
  client.seed(deployments, deployment())
  await settled()
  await change((object) => {
    object.spec.paused = true
  })
  assert.equal(condition('Progressing')?.reason, 'DeploymentPaused')
  await setImage('v2')
  await change((object) => {
    object.spec.replicas = 5
  })
  assert.deepEqual(sizes(), { v1: 5 })
  await change((object) => {
    object.spec.paused = false
  })
  assert.deepEqual(sizes(), { v1: 0, v2: 5 })
  assert.equal(condition('Progressing')?.reason, 'NewReplicaSetAvailable')
})

test('Scaling in the middle of a rollout is shared out in proportion', async (t) => {
  const { client, settled, setImage, change, sizes } = start(t, {
    readyAfterMs: (pod) => (pod.spec.containers[0]!.image === 'v2' ? undefined : 0),
  })
  client.seed(deployments, deployment({ replicas: 10, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }))
  await settled()
  await setImage('v2')
  assert.deepEqual(sizes(), { v1: 8, v2: 5 })
  await change((object) => {
    object.spec.replicas = 15
  })
  assert.deepEqual(sizes(), { v1: 11, v2: 7 })
})

test('A rollout without progress for the deadline is reported as failed', async (t) => {
  const { client, clock, settled, setImage, condition } = start(t, {
    readyAfterMs: (pod) => (pod.spec.containers[0]!.image === 'v2' ? undefined : 0),
  })
  client.seed(deployments, deployment({ progressDeadlineSeconds: 60 }))
  await settled()
  await setImage('v2')
  await clock.advance(59_000)
  assert.equal(condition('Progressing')?.status, 'True')
  await clock.advance(5_000)
  assert.equal(condition('Progressing')?.reason, 'ProgressDeadlineExceeded')
  assert.match(condition('Progressing')!.message!, /^ReplicaSet "web-.*" has timed out progressing\.$/)
  await setImage('v1')
  assert.equal(condition('Progressing')?.reason, 'NewReplicaSetAvailable')
})

test('Recreate lets every old pod go before a new one comes', async (t) => {
  const { client, clock, settled, setImage, sizes } = start(t, { goneAfterMs: 5000 })
  client.seed(deployments, deployment({ strategy: { type: 'Recreate' } }))
  await settled()
  await setImage('v2')
  for (let step = 0; step < 20; step++) {
    const images = new Set(client.all(pods).map((pod) => pod.spec.containers[0]!.image))
    assert.ok(images.size <= 1, [...images].join())
    await clock.advance(500)
  }
  assert.deepEqual(sizes(), { v1: 0, v2: 3 })
})

test('A name taken by another ReplicaSet is a hash collision, and gets another hash', async (t) => {
  const { client, settled, get } = start(t)
  client.seed(deployments, deployment())
  await settled()
  const name = client.all(replicaSets)[0]!.metadata.name
  await client.delete(deployments, { namespace: 'n', name: 'web' })
  const set = await client.get(replicaSets, { namespace: 'n', name })
  await client.update(replicaSets, { ...set, metadata: { ...set.metadata, ownerReferences: [], labels: {} } })
  client.seed(deployments, { ...deployment(), metadata: { namespace: 'n', name: 'web', uid: 'second' } })
  await settled()
  assert.equal(get().status?.collisionCount, 1)
  assert.equal(client.all(replicaSets).length, 2)
})

test('Pods on their way out are counted as terminating, and availability waits for minReadySeconds', async (t) => {
  const { client, clock, settled, change } = start(t, { readyAfterMs: () => 0, goneAfterMs: 20_000 })
  client.seed(deployments, deployment({ minReadySeconds: 10 }))
  await settled()
  const status = () => client.peek(deployments, 'n', 'web')!.status!
  assert.deepEqual([status().readyReplicas, status().availableReplicas], [3, 0])
  await clock.advance(11_000)
  assert.equal(status().availableReplicas, 3)
  await change((object) => {
    object.spec.replicas = 1
  })
  assert.deepEqual([status().replicas, status().terminatingReplicas], [1, 2])
  await clock.advance(21_000)
  assert.equal(status().terminatingReplicas ?? 0, 0)
})
