import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podDisruptionBudgets, pods, replicaSets } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { disruptionController } from './index.ts'

const owner = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }]
const pod = (name: string, ready: boolean) => ({
  metadata: { namespace: 'n', name, labels: { app: 'a' }, ownerReferences: owner },
  spec: { nodeName: 'x' },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

for (const { name, spec, expected } of [
  { name: 'a number that must be available', spec: { minAvailable: 2 }, expected: [1, 3, 2, 4] },
  { name: 'a share that must be available', spec: { minAvailable: '50%' }, expected: [0, 3, 3, 5] },
  { name: 'a number that may be missing', spec: { maxUnavailable: 3 }, expected: [1, 3, 2, 5] },
]) {
  test(`A budget by ${name}`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [disruptionController()] })
    client.seed(replicaSets, { metadata: { namespace: 'n', name: 'r', uid: 'r' }, spec: { replicas: 5 } })
    client.seed(pods, pod('a', true), pod('b', true), pod('c', true), pod('d', false))
    client.seed(podDisruptionBudgets, { metadata: { namespace: 'n', name: 'p' }, spec: { selector: { matchLabels: { app: 'a' } }, ...spec } })
    await settled()
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = client.peek(podDisruptionBudgets, 'n', 'p')!.status
    assert.deepEqual([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods], expected)
  })
}
