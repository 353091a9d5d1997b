import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionUnderTest, madeUnderTest } from '../../kind-under-test.ts'

const definition = definitionUnderTest('apps/daemonsets')
const key = 'deprecated.daemonset.template.generation'
const made = (image: string, more: object = {}, annotations?: object) =>
  madeUnderTest(definition, { metadata: annotations ? { annotations } : {}, spec: { template: { spec: { containers: [{ name: 'c', image }] } }, ...more } })

test('changes of the template alone are counted, and clients cannot set the number', () => {
  const context = { now: 0 }
  const first = made('x:1', {}, { a: 'b', [key]: '-3' })
  definition.create?.prepare?.(first, context)
  assert.deepEqual(first.metadata.annotations, { a: 'b', [key]: '1' })
  const cases: readonly [object: any, generation: string, whole: number][] = [
    [made('x:1'), '1', 1],
    [made('x:1', {}, { [key]: '7' }), '1', 1],
    [made('x:1', { minReadySeconds: 5 }), '1', 2],
    [made('x:2'), '2', 2],
  ]
  for (const [object, generation, whole] of cases) {
    definition.update?.prepare?.(object, first, context)
    assert.deepEqual([object.metadata.annotations[key], object.metadata.generation], [generation, whole])
  }
  const status = made('x:2', {}, { [key]: '9' })
  definition.status?.prepare?.(status, first, context)
  assert.equal(status.metadata.annotations[key], '1')
})
