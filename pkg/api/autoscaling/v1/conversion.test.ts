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
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
      ],
    },
    status: { desiredReplicas: 1, currentReplicas: 1, currentMetrics: [] },
  }
  const older = fromV2(stored)
  assert.equal(older.spec.targetCPUUtilizationPercentage, 70)
  assert.deepEqual(Object.keys(older.metadata.annotations ?? {}), ['autoscaling.alpha.kubernetes.io/metrics'])
  assert.deepEqual(toV2(older), stored)
})
