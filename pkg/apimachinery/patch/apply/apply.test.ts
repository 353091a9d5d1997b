import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { ConfigMapSchema, PodSchema, ServiceSchema } from '#api/gen/core/v1.ts'
import { normalize } from '../../codec/index.ts'
import type { StructSchema } from '../../schema/types.ts'
import { StatusError } from '../../status-error.ts'
import { deducedMap, FieldSet, mergeTypeOfJsonSchema, serverSideApply, updateManagedFields } from './index.ts'

const T0 = Date.UTC(2024, 0, 1)
const later = (seconds: number): number => T0 + seconds * 1000

const deployment = (spec: object, more: object = {}): any => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', ...more },
  spec,
})
const owned = (object: any, manager: string, operation = 'Apply'): any =>
  object.metadata.managedFields?.find((entry: any) => entry.manager === manager && entry.operation === operation)?.fieldsV1

function apply(live: any, applied: any, manager: string, more: object = {}, schema: StructSchema = DeploymentSchema): any {
  return serverSideApply<any>({ schema, live, applied, manager, apiVersion: applied.apiVersion, now: T0, ...more })
}

function refusal(run: () => unknown): StatusError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return error
  }
  throw new Error('expected a refusal')
}

test('fieldsV1 survives reading and writing', () => {
  const fields = {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } }, 'f:finalizers': { 'v:"a"': {} } },
  }
  assert.deepEqual(FieldSet.fromFieldsV1(fields).toFieldsV1(), fields)
})

test('a create is owned by its creator, as upstream records it', () => {
  const object = normalize<any>(
    DeploymentSchema,
    deployment(
      { replicas: 1, selector: { matchLabels: { a: 'b' } }, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } },
      { labels: { app: 'web' } },
    ),
  )
  const created = updateManagedFields<any>({
    schema: DeploymentSchema,
    object,
    manager: 'kubectl-create',
    apiVersion: 'apps/v1',
    now: T0,
    resetFields: [['status']],
  })
  assert.deepEqual(created.metadata.managedFields, [
    {
      manager: 'kubectl-create',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: '2024-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:resources': {} } } } },
        },
      },
    },
  ])
})

test('an update takes over what it changes and nothing else', () => {
  const live = apply(undefined, deployment({ replicas: 1, paused: true }), 'a')
  const object = { ...live, spec: { ...live.spec, replicas: 2 } }
  const updated = updateManagedFields<any>({
    schema: DeploymentSchema,
    live,
    object,
    manager: 'hpa',
    subresource: 'scale',
    apiVersion: 'apps/v1',
    now: later(1),
  })
  assert.deepEqual(owned(updated, 'a'), { 'f:spec': { 'f:paused': {} } })
  assert.deepEqual(owned(updated, 'hpa', 'Update'), { 'f:spec': { 'f:replicas': {} } })
  assert.equal(updated.metadata.managedFields.find((entry: any) => entry.manager === 'hpa').subresource, 'scale')
})

test('an update that changes nothing leaves every time alone', () => {
  const live = apply(undefined, deployment({ replicas: 1 }), 'a')
  const updated = updateManagedFields<any>({
    schema: DeploymentSchema,
    live,
    object: structuredClone(live),
    manager: 'b',
    apiVersion: 'apps/v1',
    now: later(9),
  })
  assert.deepEqual(updated, live)
})

test('applying what another manager owns is a conflict with upstream message and cause', () => {
  const live = apply(undefined, deployment({ replicas: 1 }), 'a')
  const byUpdate = updateManagedFields<any>({
    schema: DeploymentSchema,
    live,
    object: { ...live, spec: { ...live.spec, replicas: 3 } },
    manager: 'kubectl-client-side-apply',
    apiVersion: 'apps/v1',
    now: T0,
  })
  const error = refusal(() => apply(byUpdate, deployment({ replicas: 5 }), 'a'))
  assert.equal(error.code, 409)
  assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas')
  assert.deepEqual(error.details?.causes, [
    { reason: 'FieldManagerConflict', message: 'conflict with "kubectl-client-side-apply" using apps/v1', field: '.spec.replicas' },
  ])
  const forced = apply(byUpdate, deployment({ replicas: 5 }), 'a', { force: true })
  assert.equal(forced.spec.replicas, 5)
  assert.equal(owned(forced, 'kubectl-client-side-apply', 'Update'), undefined)
})

test('several conflicts are listed by manager', () => {
  const live = apply(apply(undefined, deployment({ replicas: 1 }), 'a'), deployment({ paused: true }), 'b')
  const error = refusal(() => apply(live, deployment({ replicas: 2, paused: false }), 'c'))
  assert.equal(error.message, 'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.replicas\nconflicts with "b":\n- .spec.paused')
})

test('two appliers of the same value share it, and it stays until neither applies it', () => {
  const both = apply(apply(undefined, deployment({ replicas: 1 }), 'a'), deployment({ replicas: 1, paused: true }), 'b')
  const one = apply(both, deployment({ paused: true }), 'b')
  assert.equal(one.spec.replicas, 1)
  const none = apply(one, deployment({ paused: true }), 'a')
  assert.equal(none.spec.replicas, undefined)
  assert.equal(none.spec.paused, true)
})

test('what is no longer applied goes, list items by their key', () => {
  const pod = (containers: object[]): any => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } })
  const first = apply(
    undefined,
    pod([
      { name: 'a', image: 'a', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b' },
    ]),
    'm',
    {},
    PodSchema,
  )
  const other = apply(first, pod([{ name: 'c', image: 'c' }]), 'n', {}, PodSchema)
  const second = apply(other, pod([{ name: 'a', image: 'a2' }]), 'm', {}, PodSchema)
  assert.deepEqual(
    second.spec.containers.map(({ name, image, env }: any) => [name, image, env]),
    [
      ['a', 'a2', undefined],
      ['c', 'c', undefined],
    ],
  )
})

test('items keep their order, and keys left out count by their default', () => {
  const service = (ports: object[]): any => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports } })
  const first = apply(undefined, service([{ port: 80 }, { port: 443 }]), 'm', {}, ServiceSchema)
  assert.deepEqual(Object.keys(owned(first, 'm')['f:spec']['f:ports']), ['k:{"port":80,"protocol":"TCP"}', 'k:{"port":443,"protocol":"TCP"}'])
  const second = apply(first, service([{ port: 80, name: 'x' }, { port: 8080 }]), 'm', {}, ServiceSchema)
  assert.deepEqual(
    second.spec.ports.map(({ port }: any) => port),
    [80, 8080],
  )
})

test('an object that no one tracked gets a manager for what was there before its first apply', () => {
  const live = normalize<any>(ConfigMapSchema, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', uid: 'u' }, data: { a: '1' } })
  const error = refusal(() => apply(live, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '2' } }, 'm', {}, ConfigMapSchema))
  assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a')
})

test('the eleventh updater folds the oldest into ancient-changes', () => {
  const made = apply(undefined, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: {} }, 'applier', {}, ConfigMapSchema)
  let live: any = omitEmpty(ConfigMapSchema, made)
  for (let index = 0; index < 14; index++) {
    const object = { ...live, data: { ...live.data, [`k${index}`]: 'v' } }
    live = updateManagedFields<any>({ schema: ConfigMapSchema, live, object, manager: `m${index}`, apiVersion: 'v1', now: later(index) })
  }
  const updates = live.metadata.managedFields.filter((entry: any) => entry.operation === 'Update')
  assert.equal(updates.length, 10)
  assert.deepEqual(Object.keys(owned(live, 'ancient-changes', 'Update')['f:data']), ['f:k0', 'f:k1', 'f:k2', 'f:k3', 'f:k4'].concat(['.']).sort())
})

test('configurations that do not fit are refused as upstream refuses them', () => {
  assert.equal(
    refusal(() => apply(undefined, deployment({ replcas: 1 }), 'a')).message,
    'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema',
  )
  assert.equal(
    refusal(() => serverSideApply<any>({ schema: DeploymentSchema, applied: deployment({}), manager: 'a', apiVersion: 'apps/v1beta1', now: T0 })).message,
    'Incorrect version specified in apply patch. Specified patch version: apps/v1, expected: apps/v1beta1',
  )
  assert.equal(refusal(() => apply(undefined, deployment({}, { managedFields: [] }), 'a')).message, 'metadata.managedFields must be nil')
})

test('without a schema, objects merge by key and lists are atomic', () => {
  const custom = (spec: object): any => ({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec })
  const request = { type: deducedMap, apiVersion: 'x/v1', now: T0 }
  const first = serverSideApply<any>({ ...request, applied: custom({ a: { b: 1 }, l: [1, 2] }), manager: 'm' })
  assert.deepEqual(owned(first, 'm'), { 'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} }, 'f:l': {} } })
  const second = serverSideApply<any>({ ...request, live: first, applied: custom({ a: { c: 2 } }), manager: 'n' })
  assert.deepEqual(second.spec, { a: { b: 1, c: 2 }, l: [1, 2] })
  const third = serverSideApply<any>({ ...request, live: second, applied: custom({}), manager: 'm' })
  assert.deepEqual(third.spec, { a: { c: 2 } })
})

test('a custom resource merges by its structural schema', () => {
  const type = mergeTypeOfJsonSchema({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          rules: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name', 'protocol'],
            items: {
              type: 'object',
              properties: { name: { type: 'string' }, protocol: { type: 'string', default: 'TCP' }, port: { 'x-kubernetes-int-or-string': true } },
            },
          },
          options: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  })
  const custom = (spec: object): any => ({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x', labels: { a: 'b' } }, spec })
  const request = { type, apiVersion: 'x/v1', now: T0 }
  const first = serverSideApply<any>({ ...request, applied: custom({ rules: [{ name: 'a', port: 1 }], options: { p: 'q' }, free: { z: 1 } }), manager: 'm' })
  assert.deepEqual(owned(first, 'm')['f:spec'], {
    'f:free': { 'f:z': {} },
    'f:options': {},
    'f:rules': { 'k:{"name":"a","protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
  })
  const second = serverSideApply<any>({ ...request, live: first, applied: custom({ rules: [{ name: 'b', port: 'http' }] }), manager: 'n' })
  assert.deepEqual(second.spec.rules, [
    { name: 'a', port: 1 },
    { name: 'b', port: 'http' },
  ])
  assert.match(
    refusal(() => serverSideApply<any>({ ...request, live: first, applied: custom({ rulez: [] }), manager: 'n' })).message,
    /\.spec\.rulez: field not declared in schema$/,
  )
})
