import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, podDisruptionBudgets, pods, replicaSets } from '#api/gen/resources.ts'
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

const budget = (spec: object = {}, status: object = {}) => ({
  metadata: { namespace: 'n', name: 'p', generation: 1 },
  spec: { selector: { matchLabels: { app: 'a' } }, minAvailable: 1, ...spec },
  status,
})

for (const { name, spec, list, status, reason, message = '' } of [
  { name: 'says that there are enough', spec: {}, list: [pod('a', true), pod('b', true)], status: 'True', reason: 'SufficientPods' },
  { name: 'says that there are too few', spec: {}, list: [pod('a', true)], status: 'False', reason: 'InsufficientPods' },
  {
    name: 'cannot count a share of pods whose controller is gone',
    spec: { minAvailable: '50%' },
    list: [pod('a', true)],
    status: 'False',
    reason: 'SyncFailed',
    message: 'found no controllers for pod "a"',
  },
])
  test(`A budget ${name}`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [disruptionController()] })
    client.seed(pods, ...list)
    client.seed(podDisruptionBudgets, budget(spec))
    await settled()
    const condition = client.peek(podDisruptionBudgets, 'n', 'p')!.status.conditions?.[0]
    assert.deepEqual([condition?.type, condition?.status, condition?.reason, condition?.message], ['DisruptionAllowed', status, reason, message])
  })

test('Pods without a controller are not counted in a share, and are told of', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [disruptionController()] })
  client.seed(replicaSets, { metadata: { namespace: 'n', name: 'r', uid: 'r' }, spec: { replicas: 2 } })
  client.seed(pods, pod('a', true), pod('b', true), { ...pod('bare', true), metadata: { namespace: 'n', name: 'bare', labels: { app: 'a' } } })
  client.seed(podDisruptionBudgets, budget({ minAvailable: '50%' }))
  await settled()
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = client.peek(podDisruptionBudgets, 'n', 'p')!.status
  assert.deepEqual([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods], [2, 3, 1, 2])
  const { message } = client.all(events).find(({ reason }) => reason === 'UnmanagedPods')!
  assert.match(
    message!,
    /selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: a,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\) were found/,
  )
})

test('An eviction that was granted counts for two minutes, or until the pod goes; a budget of no pods says so', async (t) => {
  const { client, settled, advance, clock } = testControllers(t, { controllers: [disruptionController()] })
  client.seed(pods, pod('a', true), pod('b', true))
  client.seed(podDisruptionBudgets, budget({}, { disruptedPods: { a: new Date(clock.now()).toISOString() } }))
  await settled()
  const status = () => client.peek(podDisruptionBudgets, 'n', 'p')!.status
  assert.deepEqual([status().disruptionsAllowed, status().currentHealthy, Object.keys(status().disruptedPods ?? {})], [0, 1, ['a']])
  await advance(121_000)
  await settled()
  assert.deepEqual([status().disruptionsAllowed, status().disruptedPods], [1, undefined])
  for (const name of ['a', 'b']) await client.delete(pods, { namespace: 'n', name }, { gracePeriodSeconds: 0 })
  await settled()
  assert.ok(client.all(events).some(({ reason, message }) => reason === 'NoPods' && message === 'No matching pods found'))
})
