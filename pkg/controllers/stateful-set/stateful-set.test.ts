import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatefulSet } from '#api/gen/apps/v1.ts'
import { controllerRevisions, events, persistentVolumeClaims, pods, statefulSets } from '#api/gen/resources.ts'
import { invalid } from '#apimachinery/status-error.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'
import { testControllers } from '#runtime/testing.ts'
import { type HollowKubeletOptions, hollowKubelet } from '../testing/hollow-kubelet.ts'
import { podNameLabel } from './identity.ts'
import { statefulSetController } from './index.ts'

const set = (spec: object = {}): any => ({
  metadata: { namespace: 'n', name: 'db', uid: 'db-uid' },
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } }],
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    ...spec,
  },
})

function start(t: { after(fn: () => unknown): void }, kubelet: HollowKubeletOptions = { readyAfterMs: () => 1000, goneAfterMs: 2000 }) {
  const run = testControllers(t, { controllers: [statefulSetController(), hollowKubelet(kubelet)] })
  const { client, clock } = run
  const names = () =>
    client
      .all(pods)
      .map(({ metadata }) => metadata.name)
      .sort()
  const images = () =>
    client
      .all(pods)
      .map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]!.image}`)
      .sort()
  const change = async (edit: (object: StatefulSet) => void) => {
    const object = await client.get(statefulSets, { namespace: 'n', name: 'db' })
    edit(object)
    await client.update(statefulSets, object)
  }
  /** Lets time pass and notes every state of the names on the way. */
  const watch = async (seconds: number) => {
    const seen: string[] = []
    for (let step = 0; step < seconds * 4; step++) {
      await clock.advance(250)
      const text = names().join()
      if (seen.at(-1) !== text) seen.push(text)
    }
    return seen
  }
  const get = () => client.peek<StatefulSet>(statefulSets, 'n', 'db')!
  return { ...run, names, images, change, watch, get }
}

test('Pods come one after the other, each when the one before is ready, with its name and claim', async (t) => {
  const { client, settled, watch, get } = start(t)
  client.seed(statefulSets, set())
  await settled()
  assert.deepEqual(await watch(5), ['db-0', 'db-0,db-1', 'db-0,db-1,db-2'])
  const pod = client.peek(pods, 'n', 'db-1')!
  assert.deepEqual([pod.spec.hostname, pod.spec.subdomain, pod.metadata.labels?.['apps.kubernetes.io/pod-index']], ['db-1', 'db', '1'])
  assert.equal(pod.metadata.generateName, 'db-')
  assert.equal(pod.spec.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-1')
  assert.deepEqual(
    client.all(persistentVolumeClaims).map(({ metadata }) => metadata.name),
    ['data-db-0', 'data-db-1', 'data-db-2'],
  )
  const { replicas, readyReplicas, currentRevision, updateRevision } = get().status
  assert.deepEqual([replicas, readyReplicas, currentRevision === updateRevision], [3, 3, true])
})

test('Its events are worded as those of 1.36.1', async (t) => {
  const { client, settled, watch, change } = start(t)
  client.seed(statefulSets, set({ replicas: 1 }))
  await settled()
  await watch(2)
  await change((object) => {
    object.spec.replicas = 0
  })
  await watch(4)
  assert.deepEqual(
    client
      .all(events)
      .map(({ message }) => message)
      .sort(),
    [
      'Create Claim data-db-0 Pod db-0 in StatefulSet db success',
      'Create Pod db-0 in StatefulSet db successful',
      'Delete Pod db-0 in StatefulSet db successful',
    ],
  )
})

test('It shrinks from the top, one at a time, and keeps the claims', async (t) => {
  const { client, settled, watch, change } = start(t)
  client.seed(statefulSets, set())
  await settled()
  await watch(5)
  await change((object) => {
    object.spec.replicas = 1
  })
  assert.deepEqual(await watch(10), ['db-0,db-1,db-2', 'db-0,db-1', 'db-0'])
  assert.equal(client.all(persistentVolumeClaims).length, 3)
})

test('An update goes from the top down, one at a time, and stops at the partition', async (t) => {
  const { client, settled, watch, change, images, get } = start(t)
  client.seed(statefulSets, set())
  await settled()
  await watch(5)
  await change((object) => {
    object.spec.template.spec!.containers[0]!.image = 'v2'
    object.spec.updateStrategy.rollingUpdate = { partition: 1 }
  })
  const seen = await watch(20)
  assert.ok(
    seen.every((each) => each.split(',').length >= 2),
    seen.join(' | '),
  )
  assert.deepEqual(images(), ['db-0 v1', 'db-1 v2', 'db-2 v2'])
  assert.notEqual(get().status.currentRevision, get().status.updateRevision)
  await client.delete(pods, { namespace: 'n', name: 'db-0' }, { gracePeriodSeconds: 0 })
  await watch(3)
  assert.deepEqual(images()[0], 'db-0 v1', 'below the partition it comes back as it was')
  await change((object) => {
    object.spec.updateStrategy.rollingUpdate = { partition: 0 }
  })
  await watch(10)
  assert.deepEqual(images(), ['db-0 v2', 'db-1 v2', 'db-2 v2'])
  assert.equal(get().status.currentRevision, get().status.updateRevision)
})

test('Parallel management makes all at once; start ordinals are respected', async (t) => {
  const { client, settled, names } = start(t)
  client.seed(statefulSets, set({ podManagementPolicy: 'Parallel', ordinals: { start: 5 } }))
  await settled()
  assert.deepEqual(names(), ['db-5', 'db-6', 'db-7'])
})

test('In order, it does not shrink while a pod is unwell, unless that is the lowest one unwell', async (t) => {
  const { client, settled, watch, change } = start(t)
  client.seed(statefulSets, set())
  await settled()
  await watch(5)
  const mark = async (name: string, status: 'True' | 'False') => {
    const pod = client.peek(pods, 'n', name)!
    const conditions = (pod.status?.conditions ?? []).map((each) => (each.type === 'Ready' ? { ...each, status } : each))
    await client.update(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' })
  }
  for (const name of ['db-0', 'db-1', 'db-2']) await mark(name, 'False')
  await change((object) => {
    object.spec.replicas = 0
  })
  assert.deepEqual(await watch(10), ['db-0,db-1,db-2'])
  await mark('db-2', 'True')
  assert.deepEqual(await watch(10), ['db-0,db-1,db-2', 'db-0,db-1'])
  await mark('db-1', 'True')
  // The lowest one unwell may go as it is.
  assert.deepEqual(await watch(10), ['db-0,db-1', 'db-0', ''])
})

test('What an earlier set of the name left behind is taken over: its revisions and pods, which get the labels of their places', async (t) => {
  const { client, settled, watch, names } = start(t)
  client.seed(statefulSets, set({ replicas: 1 }))
  await settled()
  await watch(3)
  const [before] = client.all(controllerRevisions)
  const pod: any = client.peek(pods, 'n', 'db-0')
  client.seed(pods, { ...pod, metadata: { ...pod.metadata, ownerReferences: undefined, labels: { ...pod.metadata.labels, [podNameLabel]: undefined } } })
  client.seed(controllerRevisions, { ...before!, metadata: { ...before!.metadata, ownerReferences: undefined } } as any)
  await settled()
  await client.patch(statefulSets, { namespace: 'n', name: 'db' }, { metadata: { annotations: { a: 'b' } } }, { type: 'merge' })
  await settled()
  const [revision] = client.all(controllerRevisions)
  assert.deepEqual([names(), revision!.metadata.ownerReferences?.length], [['db-0'], 1])
  assert.equal(client.peek(pods, 'n', 'db-0')!.metadata.labels?.[podNameLabel], 'db-0')
  assert.ok(client.all(events).some(({ message }) => message === 'Update Pod db-0 in StatefulSet db successful'))
})

test('A pod that is adopted without the volumes of its claims is asked to have them; refused, that is said and nothing goes on', async (t) => {
  let refused = 0
  const controllers = [statefulSetController(), hollowKubelet({ readyAfterMs: () => 1000 })]
  const wrap = (client: FakeClient): Client =>
    intercept(client, {
      before: ({ verb, resource, args }) => {
        if (verb !== 'patch' || resource?.plural !== 'pods' || !args.some((each) => each?.spec?.volumes)) return
        refused++
        throw invalid({ group: '', kind: 'Pod' }, 'db-0', [])
      },
    })
  const { client, settled, advance } = testControllers(t, { controllers, wrap })
  client.seed(pods, { metadata: { namespace: 'n', name: 'db-0', labels: { app: 'db' } }, spec: { nodeName: 'a', containers: [{ name: 'c' }] } } as any)
  await settled()
  client.seed(statefulSets, set())
  await advance(5_000)
  assert.ok(refused > 1, 'again and again')
  assert.deepEqual(
    client.all(pods).map(({ metadata }) => metadata.name),
    ['db-0'],
  )
  assert.deepEqual(
    client.all(persistentVolumeClaims).map(({ metadata }) => metadata.name),
    ['data-db-0'],
  )
  const told = client.all(events).filter(({ reason }) => reason === 'FailedUpdate')
  assert.match(told[0]!.message!, /^Update Pod db-0 in StatefulSet db failed error: Pod "db-0" is invalid/)
})

test('A failed pod is replaced under its name', async (t) => {
  const { client, settled, watch, names } = start(t)
  client.seed(statefulSets, set({ replicas: 1 }))
  await settled()
  await watch(3)
  const pod = await client.get(pods, { namespace: 'n', name: 'db-0' })
  await client.update(pods, { ...pod, status: { phase: 'Failed' } } as any, { subresource: 'status' })
  await watch(6)
  assert.deepEqual(names(), ['db-0'])
  assert.equal(client.peek(pods, 'n', 'db-0')?.status?.phase, 'Running')
  assert.notEqual(client.peek(pods, 'n', 'db-0')?.metadata.uid, pod.metadata.uid)
})

for (const { name, rollingUpdate, brokenOrdinal, expected } of [
  { name: 'one by one by default', rollingUpdate: {}, expected: ['db-4'] },
  { name: 'two at a time where two may be unavailable', rollingUpdate: { maxUnavailable: 2 }, expected: ['db-3', 'db-4'] },
  { name: 'a share of them, rounded up', rollingUpdate: { maxUnavailable: '50%' }, expected: ['db-2', 'db-3', 'db-4'] },
  { name: 'a broken one anywhere counts, and is replaced itself', rollingUpdate: { maxUnavailable: 2 }, brokenOrdinal: 0, expected: ['db-0', 'db-4'] },
  { name: 'a broken one below the partition counts', rollingUpdate: { maxUnavailable: 2, partition: 2 }, brokenOrdinal: 0, expected: ['db-4'] },
] as { name: string; rollingUpdate: object; brokenOrdinal?: number; expected: string[] }[])
  test(`An update takes down ${name}`, async (t) => {
    const { client, settled } = testControllers(t, {
      controllers: [
        statefulSetController(),
        hollowKubelet({ readyAfterMs: (pod) => (pod.spec.containers[0]?.image === 'v1' ? 0 : undefined), goneAfterMs: 600_000 }),
      ],
    })
    client.seed(statefulSets, set({ replicas: 5, podManagementPolicy: 'Parallel', updateStrategy: { type: 'RollingUpdate', rollingUpdate } }))
    await settled()
    if (brokenOrdinal !== undefined) {
      const pod = await client.get(pods, { namespace: 'n', name: `db-${brokenOrdinal}` })
      const conditions = [{ type: 'Ready', status: 'False' }]
      await client.update(pods, { ...pod, status: { ...pod.status, conditions } } as any, { subresource: 'status' })
    }
    const current = await client.get(statefulSets, { namespace: 'n', name: 'db' })
    const template = { ...current.spec.template, spec: { containers: [{ name: 'c', image: 'v2' }] } }
    await client.update(statefulSets, { ...current, spec: { ...current.spec, template } } as any)
    await settled()
    const leaving = client.all(pods).filter(({ metadata }) => metadata.deletionTimestamp)
    assert.deepEqual(leaving.map(({ metadata }) => metadata.name).sort(), expected)
  })

test('OnDelete leaves pods until they are deleted, and makes them anew by the newer template', async (t) => {
  const { client, settled, watch, images, change } = start(t)
  client.seed(statefulSets, set({ updateStrategy: { type: 'OnDelete' } }))
  await settled()
  await watch(8)
  await change((object) => {
    object.spec.template!.spec!.containers[0]!.image = 'v2'
  })
  await watch(5)
  assert.deepEqual(images(), ['db-0 v1', 'db-1 v1', 'db-2 v1'])
  await client.delete(pods, { namespace: 'n', name: 'db-1' }, { gracePeriodSeconds: 0 })
  await watch(5)
  assert.deepEqual(images(), ['db-0 v1', 'db-1 v2', 'db-2 v1'])
})

test('Claims that another controls, or whose owner only has the name, are left alone; an owner of ours controls', async (t) => {
  const { client, settled, watch, change } = start(t, { readyAfterMs: () => 1000, goneAfterMs: 60_000 })
  client.seed(statefulSets, set({ replicas: 3 }))
  await settled()
  await watch(8)
  const { uid } = client.peek(statefulSets, 'n', 'db')!.metadata
  const own = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid, controller: true, blockOwnerDeletion: true }
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'o', controller: true }
  const give = async (ordinal: number, owner: object) => {
    const claim = client.peek(persistentVolumeClaims, 'n', `data-db-${ordinal}`)!
    await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ownerReferences: [owner] } } as never)
  }
  const owners = () => [0, 1, 2].map((ordinal) => client.peek(persistentVolumeClaims, 'n', `data-db-${ordinal}`)!.metadata.ownerReferences)
  const stale = { ...own, uid: 'of-before' }
  await give(0, { ...own, controller: false })
  await give(1, other)
  await give(2, stale)
  await change((object) => {
    object.spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Retain' }
  })
  await watch(5)
  assert.deepEqual(owners(), [[own], [other], [stale]])
  await client.update(persistentVolumeClaims, {
    ...client.peek(persistentVolumeClaims, 'n', 'data-db-1')!,
    metadata: { ...client.peek(persistentVolumeClaims, 'n', 'data-db-1')!.metadata, ownerReferences: [other, own] },
  } as never)
  await change((object) => {
    object.spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' }
  })
  await watch(5)
  assert.deepEqual(owners(), [[own], [other], [stale]])
})

for (const { whenDeleted, whenScaled, expected } of [
  { whenDeleted: 'Retain', whenScaled: 'Retain', expected: [[], []] },
  { whenDeleted: 'Delete', whenScaled: 'Retain', expected: [['StatefulSet db'], ['StatefulSet db']] },
  { whenDeleted: 'Retain', whenScaled: 'Delete', expected: [[], ['Pod db-1']] },
  { whenDeleted: 'Delete', whenScaled: 'Delete', expected: [['StatefulSet db'], ['Pod db-1']] },
])
  test(`Claims when the set is deleted: ${whenDeleted}, when it shrinks: ${whenScaled}`, async (t) => {
    const { client, settled, watch, change } = start(t, { readyAfterMs: () => 1000, goneAfterMs: 60_000 })
    client.seed(statefulSets, set({ replicas: 2, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } }))
    await settled()
    await watch(6)
    await change((object) => {
      object.spec.replicas = 1
    })
    await watch(3)
    const owners = ['data-db-0', 'data-db-1'].map((name) =>
      (client.peek(persistentVolumeClaims, 'n', name)!.metadata.ownerReferences ?? []).map((each) => `${each.kind} ${each.name}`),
    )
    assert.deepEqual(owners, expected)
  })
