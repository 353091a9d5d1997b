import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { HorizontalPodAutoscalerSchema } from '#api/gen/autoscaling/v2.ts'
import { validateAutoscaler } from './validate.ts'

const target = (kind: string, apiVersion?: string) => ({ kind, name: 'd', ...(apiVersion === undefined ? {} : { apiVersion }) })
const of = (spec: object): any =>
  normalize(HorizontalPodAutoscalerSchema, { spec: { scaleTargetRef: target('Deployment', 'apps/v1'), maxReplicas: 3, ...spec } })
const described = (apiVersion: string) => ({
  type: 'Object',
  object: { describedObject: { kind: 'Service', name: 's', apiVersion }, metric: { name: 'm' }, target: { type: 'Value', value: '1' } },
})
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } } }
const noGroup = (value: string) => `spec.scaleTargetRef.apiVersion: Invalid value: "${value}": apiVersion must specify API group`

const cases: readonly [what: string, object: object, errors: readonly string[], old?: object][] = [
  ['a Deployment of its group', {}, []],
  ['a Deployment without a group', { scaleTargetRef: target('Deployment', 'v1') }, [noGroup('v1')]],
  ['a Deployment without a version', { scaleTargetRef: target('Deployment') }, [noGroup('')]],
  ['a ReplicationController without a group', { scaleTargetRef: target('ReplicationController', 'v1') }, []],
  [
    'a version that is none',
    { scaleTargetRef: target('Deployment', 'a/b/c') },
    ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  ],
  ['a target without a group that was there before', { scaleTargetRef: target('Deployment') }, [], { scaleTargetRef: target('Deployment') }],
  ['an object of the core group', { metrics: [described('v1')] }, []],
  [
    'an object of a version that is none',
    { metrics: [described('a/b/c')] },
    ['spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  ],
  ['an object of a version that was none before', { metrics: [described('a/b/c')] }, [], { metrics: [described('d/e/f')] }],
  ['no most', { maxReplicas: 0 }, ['spec.maxReplicas: Required value: must be set and greater than 0']],
  ['fewer than none', { maxReplicas: -1 }, ['spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1']],
  ['none at the least', { minReplicas: 0, metrics: [described('v1')] }, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']],
  ['none at the least, as before', { minReplicas: 0, metrics: [described('v1')] }, [], { minReplicas: 0 }],
  [
    'none at the least, by what pods alone can tell',
    { minReplicas: 0, metrics: [cpu] },
    ['spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas'],
    { minReplicas: 0 },
  ],
]

for (const [what, object, errors, old] of cases) {
  test(`an autoscaler with ${what} is ${errors.length > 0 ? 'refused' : 'accepted'}`, () => {
    const found = validateAutoscaler(of(object), old && of(old))
    assert.deepEqual(
      found.map(({ field, message }) => `${field}: ${message}`),
      errors,
    )
  })
}
