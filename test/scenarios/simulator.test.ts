/** Whole clusters in trouble, each by its seed. K8TS_SIM_SEED=N runs that one alone, K8TS_SIM_RUNS=N that many new ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, jobs, pods, replicaSets, statefulSets } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { controllersComponent, type Scenario, simulate } from '../sim/simulate.ts'

const template = (app: string, image: string, more: object = {}): any => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image, resources: { requests: { cpu: '500m' } } }], ...more },
})
const meta = (name: string) => ({ namespace: 'default', name })

const scenario: Scenario = {
  name: 'workloads',
  async drive(client, second) {
    if (second === 1) {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } }
      await client.create(deployments, {
        metadata: meta('web'),
        spec: { replicas: 4, strategy, selector: { matchLabels: { app: 'web' } }, template: template('web', 'v1') },
      } as any)
      await client.create(statefulSets, {
        metadata: meta('db'),
        spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db', 'v1') },
      } as any)
      await client.create(jobs, {
        metadata: meta('work'),
        spec: { completions: 5, parallelism: 2, template: template('work', 'v1', { restartPolicy: 'Never' }) },
      } as any)
    }
    if (second === 40 || second === 60) {
      const current = await client.get(deployments, meta('web'))
      await client.update(deployments, { ...current, spec: { ...current.spec, template: template('web', `v${second}`) } })
    }
    // Programs end by themselves.
    const { items } = await client.list(pods, { namespace: 'default' })
    for (const pod of items) {
      if (pod.metadata.labels?.app !== 'work' || pod.status?.phase !== 'Running' || second % 3 !== 0) continue
      await client
        .update(pods, { ...pod, status: { ...pod.status, phase: 'Succeeded', conditions: [] } } as any, { subresource: 'status' })
        .catch(() => undefined)
    }
  },
  outcome(view) {
    const of = (app: string) => view.all(pods).filter(({ metadata }) => metadata.labels?.app === app && !metadata.deletionTimestamp)
    assert.deepEqual(
      of('web').map(({ spec }) => spec.containers[0]!.image),
      ['v60', 'v60', 'v60', 'v60'],
    )
    assert.deepEqual(
      of('db')
        .map(({ metadata }) => metadata.name)
        .sort(),
      ['db-0', 'db-1', 'db-2'],
    )
    assert.equal(view.get(jobs, 'default', 'work')?.status?.succeeded, 5)
    assert.ok(view.all(pods).every(({ spec }) => spec.nodeName))
  },
}

const { K8TS_SIM_SEED: one, K8TS_SIM_RUNS: runs } = process.env
const seeds = one !== undefined ? [Number(one)] : runs !== undefined ? Array.from({ length: Number(runs) }, () => Math.floor(Math.random() * 2 ** 31)) : [1, 2]

test('A cluster without trouble comes to what was asked for', async () => {
  const { kills } = await simulate({ ...scenario, trouble: false }, 1)
  assert.equal(kills, 0)
})

for (const seed of seeds) {
  test(`A cluster in trouble keeps its promises at every moment (K8TS_SIM_SEED=${seed})`, async (t) => {
    const { steps, kills, digest } = await simulate(scenario, seed)
    t.diagnostic(`${steps} changes, ${kills} kills, ${digest.slice(0, 12)}`)
    assert.ok(kills > 0)
  })
}

test('A seed gives the same history again, and another seed another', async () => {
  const short: Scenario = { ...scenario, seconds: 30, outcome: () => {} }
  const [first, second, other] = [await simulate(short, 7), await simulate(short, 7), await simulate(short, 8)]
  assert.deepEqual(second, first)
  assert.notEqual(other.digest, first.digest)
})

test('What breaks a promise is told with the seed, and what led to it', async () => {
  const strict: Scenario = {
    ...scenario,
    seconds: 30,
    outcome: () => {},
    invariants: () => [(_, view) => assert.ok(view.all(pods).length < 3, 'three pods are too many')],
  }
  await assert.rejects(simulate(strict, 3), (error: Error) => /workloads, seed 3: three pods are too many\n[\s\S]* add pods default\//.test(error.message))
})

test("A controller of one's own is simulated beside the others, and held to their promises", async () => {
  const rogue: Controller = {
    name: 'rogue',
    inputs: [input(replicaSets, { keys: (set) => [keyOf(set)] })],
    outputs: [output(pods, 'object', { shared: true })],
    async reconcile(key, { client, cache }) {
      const set = cache(replicaSets).byKey(key)
      if (set?.status.readyReplicas !== 4) return undefined
      const { namespace, name, uid } = set.metadata
      const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true }]
      for (const extra of ['x', 'y']) {
        await client.create(pods, {
          metadata: { namespace: namespace!, name: extra, labels: set.spec.selector!.matchLabels!, ownerReferences },
          spec: template('web', 'v1').spec,
        })
      }
      return undefined
    },
  }
  const withRogue: Scenario = { ...scenario, seconds: 30, trouble: false, components: [controllersComponent('rogue', () => [rogue])] }
  await assert.rejects(simulate(withRogue, 1), /has 6 pods, 5 at most were asked for/)
})
