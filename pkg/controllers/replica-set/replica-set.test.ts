import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, pods, replicaSets } from '#api/gen/resources.ts'
import { forbidden } from '#apimachinery/status-error.ts'
import { intercept } from '#client/interceptor.ts'
import { testControllers } from '#runtime/testing.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { runningStatus } from '../testing/hollow-kubelet.ts'
import { replicaSetController } from './index.ts'

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const set = (replicas: number, more: object = {}) => ({
  metadata: { namespace: 'n', name: 'web', uid: 'web-uid', ...more },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
  status: { replicas: 0 },
})
const owned = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web-uid', controller: true, blockOwnerDeletion: true }]
const pod = (name: string, more: any = {}) => ({
  ...more,
  metadata: { namespace: 'n', name, labels: { app: 'web' }, ...more.metadata },
  spec: { nodeName: 'node-1', containers: [], ...more.spec },
  status: { phase: 'Running', ...more.status },
})

test('Missing pods are made from the template, owned, and counted', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [replicaSetController()] })
  client.seed(replicaSets, set(3))
  await settled()
  const made = client.all(pods)
  assert.equal(made.length, 3)
  assert.deepEqual(made[0]?.metadata.ownerReferences, owned)
  assert.match(made[0]!.metadata.name, /^web-.+/)
  const status = client.peek(replicaSets, 'n', 'web')!.status
  assert.equal(status.replicas, 3)
  assert.equal(status.fullyLabeledReplicas, 3)
  assert.equal(status.readyReplicas, 0)
  assert.equal(status.observedGeneration, 1)
  assert.equal(client.all(events).filter(({ reason, message }) => reason === 'SuccessfulCreate' && message?.startsWith('Created pod: web-')).length, 3)
})

test('Surplus pods go: those not running first, then the costless, then by crowding', async (t) => {
  const { client, clock, settled } = testControllers(t, { controllers: [replicaSetController()] })
  client.seed(replicaSets, set(2))
  const ready = runningStatus({ status: {} } as any, clock.now())
  client.seed(
    pods,
    pod('dear', { metadata: { ownerReferences: owned, annotations: { 'controller.kubernetes.io/pod-deletion-cost': '10' } }, status: ready }),
    pod('plain', { metadata: { ownerReferences: owned }, status: ready }),
    pod('elsewhere', { metadata: { ownerReferences: owned }, spec: { nodeName: 'node-2' }, status: ready }),
    pod('pending', { metadata: { ownerReferences: owned }, status: { phase: 'Pending' } }),
    pod('unready', { metadata: { ownerReferences: owned } }),
  )
  await settled()
  const gone = client.all(pods).filter(({ metadata }) => metadata.deletionTimestamp)
  assert.deepEqual(gone.map(({ metadata }) => metadata.name).sort(), ['pending', 'plain', 'unready'])
  assert.equal(client.peek(replicaSets, 'n', 'web')!.status.terminatingReplicas, 3)
})

test('An orphan that matches is adopted, an owned pod that no longer matches is let go', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [replicaSetController()] })
  client.seed(replicaSets, set(1))
  client.seed(pods, pod('orphan'), pod('stray', { metadata: { labels: { app: 'other' }, ownerReferences: owned } }))
  await settled()
  assert.deepEqual(client.peek(pods, 'n', 'orphan')?.metadata.ownerReferences, owned)
  assert.deepEqual(client.peek(pods, 'n', 'stray')?.metadata.ownerReferences, [])
  assert.equal(client.all(pods).length, 2)
})

test('A refused creation is reported once as a condition and found out by one call', async (t) => {
  let creations = 0
  let refuse = true
  const { client, settled, advance } = testControllers(t, {
    controllers: [replicaSetController()],
    wrap: (fake) =>
      intercept(fake, {
        before({ verb, resource }) {
          if (verb !== 'create' || resource?.plural !== 'pods') return
          creations++
          if (refuse) throw forbidden({ group: '', resource: 'pods' }, '', 'exceeded quota')
        },
      }),
  })
  client.seed(replicaSets, set(50))
  await settled()
  const [condition] = client.peek(replicaSets, 'n', 'web')!.status.conditions!
  assert.deepEqual([condition?.type, condition?.status, condition?.reason], ['ReplicaFailure', 'True', 'FailedCreate'])
  assert.equal(condition?.message, 'pods is forbidden: exceeded quota')
  assert.ok(creations < 20, `${creations} calls`)
  refuse = false
  await advance(60_000)
  await settled()
  assert.equal(client.all(pods).length, 50)
  assert.deepEqual(client.peek(replicaSets, 'n', 'web')!.status.conditions ?? [], [])
})

test('A pod counts as available only after minReadySeconds', async (t) => {
  const { client, clock, settled, advance } = testControllers(t, { controllers: [replicaSetController()] })
  const wanted = set(1)
  client.seed(replicaSets, { ...wanted, spec: { ...wanted.spec, minReadySeconds: 10 } })
  client.seed(pods, pod('a', { metadata: { ownerReferences: owned }, status: runningStatus({ status: {} } as any, clock.now()) }))
  await settled()
  const status = () => client.peek(replicaSets, 'n', 'web')!.status
  assert.deepEqual([status().readyReplicas, status().availableReplicas], [1, 0])
  await advance(10_000)
  assert.equal(status().availableReplicas, 1)
})

test('A pod that becomes available while its set is looked at is looked at again', async () => {
  const wanted = { ...set(1), spec: { ...set(1).spec, minReadySeconds: 10 } }
  const ready = pod('a', { metadata: { ownerReferences: owned }, status: runningStatus({ status: {} } as any, 0) })
  const status = { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 0, terminatingReplicas: 0 }
  // The first time that is read is the last at which it is not available.
  const times = [9_999]
  const context = {
    clock: { now: () => times.shift() ?? 10_000 },
    cache: (of: { plural: string }) => ({
      byKey: () => (of.plural === 'replicasets' ? { ...wanted, status } : undefined),
      byIndex: (_: string, value: string) => (of.plural === 'pods' && value === 'web-uid' ? [ready] : []),
    }),
  } as unknown as ControllerContext
  const controller = replicaSetController()
  controller.start?.(context)
  assert.deepEqual(await controller.reconcile('n/web', context), { requeueAfterMs: 1 })
})

test('While its pods are not yet in the cache a set makes no more of them', async (t) => {
  let late = true
  const { client, settled } = testControllers(t, {
    controllers: [replicaSetController()],
    wrap: (fake) => ({
      ...fake,
      async *watch(of, options) {
        for await (const event of fake.watch(of, options)) if (!(late && of.plural === 'pods')) yield event
      },
    }),
  })
  client.seed(replicaSets, set(2))
  await settled()
  const current = await client.get(replicaSets, { namespace: 'n', name: 'web' })
  await client.update(replicaSets, { ...current, metadata: { ...current.metadata, annotations: { touched: 'yes' } } })
  await settled()
  late = false
  assert.equal(client.all(pods).length, 2)
})
