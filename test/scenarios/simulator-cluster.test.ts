/**
 * A cluster whose DaemonSets, CronJobs, volumes, namespaces and garbage live in trouble, each by its seed. K8TS_SIM_SEED=N runs that
 * one alone, K8TS_SIM_RUNS=N that many new ones.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  statefulSets,
} from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { clusterInvariants } from '../sim/cluster-invariants.ts'
import type { View } from '../sim/history.ts'
import { clusterControllers, clusterKinds, type Scenario, simulate } from '../sim/simulate.ts'

const template = (app: string, image = 'v1', more: object = {}): any => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image, resources: { requests: { cpu: '100m' } } }], ...more },
})
const meta = (name: string, namespace = 'default') => ({ namespace, name })
const deployment = (name: string, namespace = 'default'): any => ({
  metadata: meta(name, namespace),
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name) },
})

async function begin(client: Client): Promise<void> {
  for (const name of ['a', 'b', 'c', 'd']) {
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'manual',
      hostPath: { path: `/${name}` },
      persistentVolumeReclaimPolicy: 'Retain',
    }
    await client.create(persistentVolumes, { metadata: { name: `volume-${name}` }, spec } as any)
  }
  await client.create(daemonSets, {
    metadata: meta('agent'),
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: template('agent'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    },
  } as any)
  await client.create(cronJobs, {
    metadata: meta('tick'),
    spec: {
      schedule: '* * * * *',
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: template('tick', 'v1', { restartPolicy: 'Never' }) } },
    },
  } as any)
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'manual', resources: { requests: { storage: '1Gi' } } },
  }
  await client.create(statefulSets, {
    metadata: meta('store'),
    spec: { replicas: 2, serviceName: 'store', selector: { matchLabels: { app: 'store' } }, template: template('store'), volumeClaimTemplates: [claim] },
  } as any)
  await client.create(namespaces, { metadata: { name: 'team' } })
  await client.create(deployments, deployment('web', 'team'))
  await client.create(configMaps, { metadata: meta('settings', 'team'), data: {} })
  for (const name of ['living', 'background', 'foreground']) {
    const { metadata } = await client.create(deployments, deployment(name))
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: metadata.uid, blockOwnerDeletion: true }]
    await client.create(configMaps, { metadata: { ...meta(`of-${name}`), ownerReferences, labels: { 'sim.k8ts/kept': '' } } })
  }
}

const scenario: Scenario = {
  name: 'cluster',
  components: [clusterControllers],
  watched: clusterKinds,
  invariants: clusterInvariants,
  seconds: 240,
  async drive(client, second) {
    if (second === 1) await begin(client)
    if (second === 40) await client.patch(daemonSets, meta('agent'), { spec: { template: template('agent', 'v2') } }, { type: 'merge' })
    if (second === 50) await client.delete(deployments, meta('background'), { propagationPolicy: 'Background' })
    if (second === 55) await client.delete(deployments, meta('foreground'), { propagationPolicy: 'Foreground' })
    if (second === 60) await client.patch(statefulSets, meta('store'), { spec: { replicas: 3 } }, { type: 'merge' })
    if (second === 70) await client.delete(namespaces, { name: 'team' })
    // Programs end by themselves.
    if (second % 4 !== 0) return
    for (const pod of (await client.list(pods, { namespace: 'default', labelSelector: 'app=tick' })).items) {
      if (pod.status?.phase !== 'Running') continue
      await client
        .update(pods, { ...pod, status: { ...pod.status, phase: 'Succeeded', conditions: [] } } as any, { subresource: 'status' })
        .catch(() => undefined)
    }
  },
  outcome(view: View) {
    const of = (app: string) => view.all(pods).filter(({ metadata }) => metadata.labels?.app === app && !metadata.deletionTimestamp)
    assert.deepEqual(
      of('agent')
        .map(({ spec }) => [spec.nodeName, spec.containers[0]!.image])
        .sort(),
      ['node-1', 'node-2', 'node-3'].map((name) => [name, 'v2']),
    )
    const tick = view.get(cronJobs, 'default', 'tick')
    assert.ok(tick?.status?.lastScheduleTime)
    const ended = view.all(jobs).filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True'))
    assert.equal(ended.length, 1, `${ended.length} ended Jobs are kept`)
    const claims = view.all(persistentVolumeClaims)
    assert.deepEqual(claims.map(({ metadata, status }) => [metadata.name, status?.phase]).sort(), [
      ['data-store-0', 'Bound'],
      ['data-store-1', 'Bound'],
      ['data-store-2', 'Bound'],
    ])
    const volumes = view.all(persistentVolumes)
    assert.equal(volumes.filter(({ status }) => status?.phase === 'Bound').length, 3)
    assert.equal(view.get(namespaces, undefined, 'team'), undefined)
    for (const [kind, object] of view.everything())
      assert.notEqual(object.metadata.namespace, 'team', `${kind.plural} ${object.metadata.name} outlives its namespace`)
    assert.deepEqual(
      view
        .all(configMaps)
        .filter(({ metadata }) => metadata.name.startsWith('of-'))
        .map(({ metadata }) => metadata.name),
      ['of-living'],
    )
    assert.deepEqual([of('background').length, of('foreground').length, of('living').length], [0, 0, 2])
  },
}

const { K8TS_SIM_SEED: one, K8TS_SIM_RUNS: runs } = process.env
const seeds = one !== undefined ? [Number(one)] : runs !== undefined ? Array.from({ length: Number(runs) }, () => Math.floor(Math.random() * 2 ** 31)) : [1]

for (const seed of seeds) {
  test(`A cluster in trouble ends what is to end and keeps the rest (K8TS_SIM_SEED=${seed})`, async (t) => {
    const { steps, kills, digest } = await simulate(scenario, seed)
    t.diagnostic(`${steps} changes, ${kills} kills, ${digest.slice(0, 12)}`)
    assert.ok(kills > 0)
  })
}

test('A deletion that never ends is told, with who holds it', async () => {
  const held: Scenario = {
    name: 'held',
    seconds: 60,
    trouble: false,
    watched: clusterKinds,
    async drive(client, second) {
      if (second === 1) await client.create(configMaps, { metadata: { ...meta('held'), finalizers: ['example.com/never'] } })
      if (second === 2) await client.delete(configMaps, meta('held'))
    },
    outcome: () => {},
  }
  await assert.rejects(simulate(held, 1), /configmaps default\/held is being deleted for \d+(\.\d+)? s, held by \[example.com\/never\]/)
})
