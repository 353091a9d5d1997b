import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromV2, toV2 } from './conversion.ts'

test('what autoscaling/v1 cannot say travels in annotations and comes back', () => {
  const stored: any = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd' },
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } }, cpu(70)],
    },
    status: { desiredReplicas: 1, currentReplicas: 1, currentMetrics: null },
  }
  const older = fromV2(stored)
  assert.equal(older.spec.targetCPUUtilizationPercentage, 70)
  assert.deepEqual(Object.keys(older.metadata.annotations ?? {}), ['autoscaling.alpha.kubernetes.io/metrics'])
  assert.deepEqual(toV2(older), stored)
})

const cpu = (averageUtilization: number) => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } })
const scaleTargetRef = { kind: 'Deployment', name: 'd' }
const selector = { matchLabels: { a: 'b' } }
const described = { kind: 'Ingress', name: 'i' }
// Facts: the types of metrics in k8s.io/api/autoscaling/v1, and autoscaling's internal ones for behavior.
const carried: readonly [key: string, spec: object, status: object, annotation: unknown][] = [
  [
    'metrics',
    {
      metrics: [
        { type: 'Object', object: { describedObject: described, metric: { name: 'm', selector }, target: { type: 'Value', value: '5' } } },
        { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '5' } } },
        { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 5 } } },
        { type: 'External', external: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '5' } } },
      ],
    },
    {},
    [
      { type: 'Object', object: { metricName: 'm', selector, target: described, targetValue: '5' } },
      { type: 'Pods', pods: { metricName: 'm', targetAverageValue: '5' } },
      { type: 'ContainerResource', containerResource: { name: 'cpu', targetAverageUtilization: 5, container: 'c' } },
      { type: 'External', external: { metricName: 'm', metricSelector: selector, targetAverageValue: '5' } },
    ],
  ],
  [
    'current-metrics',
    {},
    { currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5, averageValue: '10m' } } }] },
    [{ type: 'Resource', resource: { name: 'cpu', currentAverageUtilization: 5, currentAverageValue: '10m' } }],
  ],
  [
    'behavior',
    { behavior: { scaleDown: { stabilizationWindowSeconds: 5, policies: [{ type: 'Pods', value: 1, periodSeconds: 2 }] } } },
    {},
    {
      ScaleUp: null,
      ScaleDown: { StabilizationWindowSeconds: 5, SelectPolicy: null, Policies: [{ Type: 'Pods', Value: 1, PeriodSeconds: 2 }], Tolerance: null },
    },
  ],
]

for (const [key, spec, status, annotation] of carried) {
  test(`${key} travel in the words of upstream`, () => {
    const stored: any = {
      apiVersion: 'autoscaling/v2',
      metadata: { name: 'a' },
      spec: { scaleTargetRef, maxReplicas: 3, metrics: [cpu(80)], ...spec },
      status: { desiredReplicas: 1, currentReplicas: 1, currentMetrics: null, ...status },
    }
    const older = fromV2(stored)
    assert.deepEqual(JSON.parse(older.metadata.annotations![`autoscaling.alpha.kubernetes.io/${key}`]!), annotation)
    assert.deepEqual(toV2(older), stored)
  })
}

test('where autoscaling/v1 names no metric, CPU is to be used by 80 %', () => {
  const older: any = {
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'a' },
    spec: { scaleTargetRef, maxReplicas: 3 },
    status: { currentReplicas: 0, desiredReplicas: 0 },
  }
  assert.deepEqual(toV2(older).spec.metrics, [cpu(80)])
  assert.equal(fromV2(toV2(older)).spec.targetCPUUtilizationPercentage, 80)
})
