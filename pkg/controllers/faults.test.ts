/** Random failures of every call, before and after it took effect, and cut watches: the end must be that of an undisturbed run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerRevisions, deployments, endpointSlices, jobs, nodes, pods, replicaSets, services, statefulSets } from '#api/gen/resources.ts'
import { conflict, serviceUnavailable } from '#apimachinery/status-error.ts'
import { intercept } from '#client/interceptor.ts'
import { testControllers } from '#runtime/testing.ts'
import { deploymentController } from './deployment/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { jobController } from './job/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { statefulSetController } from './stateful-set/index.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'

/** A small generator of chance that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const labelled = (app: string, image: string): any => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image }] } })

for (const seed of [1, 3, 5, 8, 13]) {
  test(`Workloads come to the same end when every fifth call fails (seed ${seed})`, async (t) => {
    const random = randomOf(seed)
    let faulty = true
    const before = () => {
      if (!faulty || random() > 0.1) return
      throw random() < 0.5 ? serviceUnavailable(`seed ${seed}`) : conflict({ group: '', resource: 'things' }, 'x', `seed ${seed}`)
    }
    /** It happened, but the answer was lost. */
    const after = () => {
      if (faulty && random() < 0.1) throw serviceUnavailable(`seed ${seed}`)
    }
    const { client, clock, settled } = testControllers(t, {
      controllers: [
        deploymentController(),
        replicaSetController(),
        statefulSetController(),
        jobController(),
        endpointSliceController(),
        hollowKubelet({ readyAfterMs: () => 1000 }),
      ],
      wrap: (fake) => intercept(fake, { before, after }),
    })
    client.seed(nodes, { metadata: { name: 'node-1' } })
    client.seed(deployments, {
      metadata: { namespace: 'n', name: 'web' },
      spec: { replicas: 4, selector: { matchLabels: { app: 'web' } }, template: labelled('web', 'v1'), progressDeadlineSeconds: 600 },
    })
    client.seed(services, {
      metadata: { namespace: 'n', name: 'web' },
      spec: { selector: { app: 'web' }, clusterIP: '10.96.0.9', ports: [{ port: 80, targetPort: 8080 }] },
    })
    client.seed(statefulSets, {
      metadata: { namespace: 'n', name: 'db' },
      spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: labelled('db', 'v1') },
    })
    client.seed(jobs, { metadata: { namespace: 'n', name: 'job' }, spec: { parallelism: 2, completions: 2, template: labelled('job', 'v1') } })
    await settled()
    let most = 0
    for (let second = 0; second < 300; second++) {
      if (second % 20 === 7) client.store.cutWatches()
      if (second === 50) client.store.compact()
      if (second === 60) {
        const web = await client.get(deployments, { namespace: 'n', name: 'web' })
        await client.update(deployments, { ...web, spec: { ...web.spec, template: labelled('web', 'v2') } })
      }
      faulty = second < 120
      await clock.advance(1000)
      most = Math.max(most, client.all(pods).filter(({ metadata }) => metadata.labels?.app === 'web' && !metadata.deletionTimestamp).length)
      for (const pod of client.all(pods)) {
        if (pod.metadata.labels?.app !== 'job' || pod.status?.phase !== 'Running') continue
        const current = await client.get(pods, { namespace: 'n', name: pod.metadata.name })
        await client.update(pods, { ...current, status: { ...current.status, phase: 'Succeeded' } } as any, { subresource: 'status' })
      }
    }
    const of = (app: string) => client.all(pods).filter(({ metadata }) => metadata.labels?.app === app)
    assert.equal(most <= 5, true, `${most} pods at once, one surplus is allowed`)
    assert.deepEqual(
      of('web').map(({ spec }) => spec.containers[0]?.image),
      ['v2', 'v2', 'v2', 'v2'],
    )
    assert.equal(client.all(replicaSets).length, 2)
    assert.equal(client.peek(deployments, 'n', 'web')?.status?.availableReplicas, 4)
    assert.deepEqual(
      of('db')
        .map(({ metadata }) => metadata.name)
        .sort(),
      ['db-0', 'db-1', 'db-2'],
    )
    assert.equal(client.all(controllerRevisions).length, 1)
    assert.equal(client.peek(jobs, 'n', 'job')?.status?.succeeded, 2)
    assert.equal(of('job').length, 2)
    const [slice, ...more] = client.all(endpointSlices)
    assert.deepEqual([slice?.endpoints.length, more.length], [4, 0], JSON.stringify([slice, more]))
  })
}
