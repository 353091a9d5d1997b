/** Who owns which fields, as the server keeps it through versions, doors and verbs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, customResourceDefinitions, deployments, horizontalPodAutoscalers, pods } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isConflict, type StatusError } from '#apimachinery/status-error.ts'
import { define } from '../crd/test-definition.ts'
import { startTestApiServer } from '../testing.ts'

const autoscalersV1: ResourceRef<any> = { ...horizontalPodAutoscalers, version: 'v1' }
const key = { namespace: 'default', name: 'a' }
const entries = (object: KubeObject): any[] =>
  (object.metadata.managedFields ?? []).map(({ manager, operation, apiVersion, subresource, fieldsV1 }) => ({
    manager,
    operation,
    apiVersion,
    ...(subresource ? { subresource } : {}),
    fieldsV1,
  }))
const apply = (fieldManager: string, more: object = {}) => ({ type: 'apply', fieldManager, ...more }) as const

test('what was applied as autoscaling/v1 is owned in its words, and gives way to autoscaling/v2', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  const first = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: { maxReplicas: 5, scaleTargetRef, targetCPUUtilizationPercentage: 50 },
  }
  await client.patch(autoscalersV1, key, first, apply('one'))
  const metrics = (averageUtilization: number) => [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }]
  const second = (averageUtilization: number) => ({
    ...first,
    apiVersion: 'autoscaling/v2',
    spec: { maxReplicas: 5, scaleTargetRef, metrics: metrics(averageUtilization) },
  })
  // The same wish in other words is shared.
  await client.patch(horizontalPodAutoscalers, key, second(50), apply('two'))
  const refused = await client.patch(horizontalPodAutoscalers, key, second(80), apply('two')).then(
    () => assert.fail('a conflict was expected'),
    (error: StatusError) => error,
  )
  assert.ok(isConflict(refused))
  assert.deepEqual(refused.details?.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.targetCPUUtilizationPercentage' }])
  const taken = await client.patch(horizontalPodAutoscalers, key, second(80), apply('two', { force: true }))
  const [one, two] = entries(taken)
  assert.deepEqual([one.manager, one.apiVersion, two.manager, two.apiVersion], ['one', 'autoscaling/v1', 'two', 'autoscaling/v2'])
  assert.equal(one.fieldsV1['f:spec']['f:targetCPUUtilizationPercentage'], undefined)
  assert.ok(one.fieldsV1['f:spec']['f:maxReplicas'])
  // Left out in the version it was applied in: it goes only when nobody else has it.
  const { targetCPUUtilizationPercentage: _, ...less } = first.spec
  const kept = await client.patch(autoscalersV1, key, { ...first, spec: less }, apply('one'))
  assert.equal(kept.spec.targetCPUUtilizationPercentage, 80)
})

test('a version of a custom resource that is gone takes its owners along', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } } } } },
  })
  const names = { plural: 'hosts', kind: 'Host' }
  const crd = await define(client, {
    metadata: { name: 'hosts.example.com' },
    spec: { group: 'example.com', scope: 'Cluster', names, versions: [version('v1', true), version('v1beta1', false)] },
  } as any)
  const v1: ResourceRef<any> = { group: 'example.com', version: 'v1', plural: 'hosts', kind: 'Host', namespaced: false }
  const v1beta1 = { ...v1, version: 'v1beta1' }
  const host = (apiVersion: string, spec: object) => ({ apiVersion: `example.com/${apiVersion}`, kind: 'Host', metadata: { name: 'a' }, spec })
  await client.patch(v1beta1, { name: 'a' }, host('v1beta1', { a: 'x' }), apply('old'))
  const both = await client.patch(v1, { name: 'a' }, host('v1', { b: 'y' }), apply('new'))
  assert.deepEqual(
    entries(both).map(({ manager, apiVersion }) => [manager, apiVersion]),
    [
      ['new', 'example.com/v1'],
      ['old', 'example.com/v1beta1'],
    ],
  )
  await assert.rejects(client.patch(v1, { name: 'a' }, host('v1', { a: 'z', b: 'y' }), apply('new')), /conflict with "old": \.spec\.a/)
  const current = await client.get(customResourceDefinitions, { name: crd.metadata.name! })
  await client.update(customResourceDefinitions, { ...current, spec: { ...current.spec, versions: [version('v1', true)] } } as any)
  const after = await client.patch(v1, { name: 'a' }, host('v1', { a: 'z', b: 'y' }), apply('new'))
  assert.deepEqual(
    entries(after).map(({ manager }) => manager),
    ['new'],
  )
})

test("scaling is owned by who scales, in the parent's words, and conflicts with who applies replicas", async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const wanted = (replicas?: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { ...(replicas ? { replicas } : {}), selector: { matchLabels: labels }, template },
  })
  await client.patch(deployments, key, wanted(2), apply('owner'))
  const scale = await client.get<any>(deployments, key, { subresource: 'scale' })
  await client.update<any>(deployments, { ...scale, spec: { replicas: 5 } }, { subresource: 'scale', fieldManager: 'scaler' })
  const scaled = await client.get(deployments, key)
  assert.deepEqual(
    entries(scaled).find(({ manager }) => manager === 'scaler'),
    { manager: 'scaler', operation: 'Update', apiVersion: 'apps/v1', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
  )
  assert.equal(entries(scaled).find(({ manager }) => manager === 'owner').fieldsV1['f:spec']['f:replicas'], undefined)
  await assert.rejects(
    client.patch(deployments, key, wanted(3), apply('owner')),
    /conflict with "scaler" with subresource "scale" using apps\/v1: \.spec\.replicas/,
  )
  // Left to the scaler, it stays.
  assert.equal((await client.patch(deployments, key, wanted(), apply('owner'))).spec.replicas, 5)
  const applied = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a' }, spec: { replicas: 7 } }
  await assert.rejects(
    client.patch<any>(deployments, key, applied, apply('autoscaler', { subresource: 'scale' })),
    /conflict with "scaler" with subresource "scale" using autoscaling\/v1: \.spec\.replicas/,
  )
  await client.patch<any>(deployments, key, applied, apply('autoscaler', { subresource: 'scale', force: true }))
  const last = await client.get(deployments, key)
  assert.equal(last.spec.replicas, 7)
  assert.deepEqual(
    entries(last)
      .filter(({ subresource }) => subresource === 'scale')
      .map(({ manager, operation, apiVersion }) => [manager, operation, apiVersion]),
    [['autoscaler', 'Apply', 'apps/v1']],
  )
})

test('status is owned through its own door only', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const made = await client.create(
    deployments,
    { metadata: { namespace: 'default', name: 'a' }, spec: { selector: { matchLabels: labels }, template } },
    { fieldManager: 'maker' },
  )
  const done = await client.update(
    deployments,
    { ...made, spec: { ...made.spec, replicas: 9 }, status: { ...made.status, observedGeneration: 1 } },
    { subresource: 'status', fieldManager: 'controller' },
  )
  assert.deepEqual(
    entries(done).find(({ manager }) => manager === 'controller'),
    { manager: 'controller', operation: 'Update', apiVersion: 'apps/v1', subresource: 'status', fieldsV1: { 'f:status': { 'f:observedGeneration': {} } } },
  )
})

test('through the status doors of a pod and of a Deployment only what they write is owned, through resize all that was sent', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const base = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { a: 'b' } } }
  const container = { name: 'c', image: 'x:1', resources: { requests: { cpu: '1' } } }
  await client.create(pods, { ...base, metadata: { ...base.metadata, namespace: 'default' }, spec: { containers: [container] } } as any)
  const ownedBy = (object: KubeObject, manager: string) => entries(object).find((each) => each.manager === manager)?.fieldsV1

  const resized = { ...base, spec: { containers: [{ ...container, resources: { requests: { cpu: '2' } } }] } }
  const afterResize = await client.patch(pods, key, resized, apply('resizer', { subresource: 'resize', force: true }))
  // As recorded of 1.36: at these two doors all that was sent is owned, though only some of it is written.
  const ofContainer = { '.': {}, 'f:image': {}, 'f:name': {}, 'f:resources': { 'f:requests': { 'f:cpu': {} } } }
  assert.deepEqual(ownedBy(afterResize, 'resizer'), {
    'f:metadata': { 'f:labels': { 'f:a': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"c"}': ofContainer } },
  })
  assert.equal(afterResize.spec.containers![0]!.resources!.requests!.cpu, '2')

  const owners = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' }]
  const status = { ...base, metadata: { ...base.metadata, ownerReferences: owners }, status: { message: 'm' } }
  const afterStatus = await client.patch(pods, key, status, apply('kubelet', { subresource: 'status', force: true }))
  assert.deepEqual(ownedBy(afterStatus, 'kubelet'), { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:status': { 'f:message': {} } })

  const selector = { matchLabels: { a: 'b' } }
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', labels: { a: 'b' } } }
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } }
  await client.create(deployments, { ...web, metadata: { ...web.metadata, namespace: 'default' }, spec: { selector, template } } as any)
  const told = await client.patch(deployments, key, { ...web, status: { replicas: 1 } }, apply('teller', { subresource: 'status', force: true }))
  assert.deepEqual(ownedBy(told, 'teller'), { 'f:status': { 'f:replicas': {} } })
})

test('managedFields: [] forgets who owned what, through the main door only', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const made = await client.create(configMaps, { metadata: { namespace: 'default', name: 'a' }, data: { x: '1' } }, { fieldManager: 'maker' })
  assert.equal(entries(made).length, 1)
  const cleared = await client.patch(configMaps, key, { metadata: { managedFields: [] } }, { type: 'merge' })
  assert.equal(cleared.metadata.managedFields, undefined)
  // Nobody is tracked now until somebody applies.
  const changed = await client.update(configMaps, { ...cleared, data: { x: '2' } }, { fieldManager: 'other' })
  assert.equal(changed.metadata.managedFields, undefined)
  const applied = await client.patch(configMaps, key, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { y: '1' } }, apply('applier'))
  assert.deepEqual(
    entries(applied).map(({ manager, operation }) => [manager, operation]),
    [
      ['applier', 'Apply'],
      ['before-first-apply', 'Update'],
    ],
  )
})

test('a dry run of an apply says what would be, and leaves nothing', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { y: '1' } }
  const dry = await client.patch(configMaps, key, applied, apply('applier', { dryRun: true }))
  assert.deepEqual([dry.data, entries(dry).length], [{ y: '1' }, 1])
  assert.equal((await client.list(configMaps, { namespace: 'default' })).items.length, 0)
})
