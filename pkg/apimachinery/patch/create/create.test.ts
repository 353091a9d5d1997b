import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { ServiceSchema } from '#api/gen/core/v1.ts'
import { applyMergePatch, applyStrategicMergePatch } from '../index.ts'
import { createMergePatch, createThreeWayMergePatch, createThreeWayStrategicPatch, createTwoWayStrategicPatch } from './index.ts'

const containers = (...list: object[]) => ({ spec: { template: { spec: { containers: list } } } })

test('a changed image names its container and the order of all', () => {
  const before = containers({ name: 'a', image: 'x:1' }, { name: 'b', image: 'y:1' })
  const after = containers({ name: 'a', image: 'x:2' }, { name: 'b', image: 'y:1' })
  const patch = createTwoWayStrategicPatch(DeploymentSchema, before, after)
  assert.deepEqual(patch, {
    spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }], containers: [{ image: 'x:2', name: 'a' }] } } },
  })
  assert.deepEqual(applyStrategicMergePatch(DeploymentSchema, before, patch), after)
})

test('a container that is gone is deleted by its key', () => {
  const before = containers({ name: 'a', image: 'x' }, { name: 'b', image: 'y' })
  const patch = createTwoWayStrategicPatch(DeploymentSchema, before, containers({ name: 'b', image: 'y' }))
  assert.deepEqual(patch, {
    spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ $patch: 'delete', name: 'a' }] } } },
  })
})

test('a strategy that changes its kind retains only its own keys', () => {
  const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  const after = { spec: { strategy: { type: 'Recreate' } } }
  const patch = createTwoWayStrategicPatch(DeploymentSchema, before, after)
  assert.deepEqual(patch, { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: null, type: 'Recreate' } } })
})

test('scalars of a set are deleted by value', () => {
  const patch = createTwoWayStrategicPatch(DeploymentSchema, { metadata: { finalizers: ['a', 'b'] } }, { metadata: { finalizers: ['b', 'c'] } })
  assert.deepEqual(patch, {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['b', 'c'], finalizers: ['c'] },
  })
})

test('three ways: what was applied and is no more goes, what others set stays', () => {
  const original = { metadata: { labels: { a: '1', b: '2' } }, ...containers({ name: 'a', image: 'x:1', command: ['c'] }) }
  const modified = { metadata: { labels: { a: '1' } }, ...containers({ name: 'a', image: 'x:2' }) }
  const current = {
    metadata: { labels: { a: '1', b: '2', other: 'z' } },
    ...containers({ name: 'a', image: 'x:1', command: ['c'], imagePullPolicy: 'Always' }, { name: 'sidecar', image: 's' }),
  }
  const patch = createThreeWayStrategicPatch(DeploymentSchema, original, modified, current)
  assert.deepEqual(patch, {
    metadata: { labels: { b: null } },
    spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ command: null, image: 'x:2', name: 'a' }] } } },
  })
  const result: any = applyStrategicMergePatch(DeploymentSchema, current, patch)
  assert.deepEqual(result.metadata.labels, { a: '1', other: 'z' })
  assert.deepEqual(
    result.spec.template.spec.containers.map(({ name }: any) => name),
    ['a', 'sidecar'],
  )
})

test('three ways: nothing to do is an empty patch', () => {
  const applied = { spec: { ports: [{ port: 80, protocol: 'TCP' }] } }
  assert.deepEqual(createThreeWayStrategicPatch(ServiceSchema, applied, applied, { spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] } }), {})
})

test('merge patches: two ways and three', () => {
  const patch = createMergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1, d: 3 }, e: [2], f: {} })
  assert.deepEqual(patch, { a: null, b: { d: 3 }, e: [2], f: {} })
  assert.deepEqual(applyMergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, patch), { b: { c: 1, d: 3 }, e: [2], f: {} })
  assert.deepEqual(createThreeWayMergePatch({ spec: { x: 1, y: 2 } }, { spec: { x: 5 } }, { spec: { x: 1, y: 2, z: 3 } }), { spec: { x: 5, y: null } })
})
