/** `--wait` of a set of pods whose pods crash. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods, statefulSets } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { type WaitStrategy, waitUntilReady } from './wait.ts'

async function wait(strategy: WaitStrategy, crashing: string): Promise<string> {
  const client = createFakeClient()
  const [object] = client.seed(statefulSets, {
    metadata: { name: 'db', namespace: 'default' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'db' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['one', 'two'] }] } },
    status: { replicas: 1 },
  })
  client.seed(pods, {
    metadata: { name: 'db-0', namespace: 'default', labels: { app: 'db', tier: crashing } },
    spec: { containers: [{ name: 'c' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
  })
  const waited = { resource: statefulSets, namespace: 'default', name: 'db', object }
  const options = { client, clock: systemClock, strategy, timeoutMs: 1, explain: async () => {} }
  return waitUntilReady([waited], options, { jobs: false }).then(
    () => 'ready',
    (error: Error) => error.message,
  )
}

test('a stateful set whose pod crashes is given up at once, as the pods of its selector alone tell', async () => {
  assert.equal(await wait('watcher', 'two'), 'resource StatefulSet/default/db not ready. status: Failed, message: 1 pods have failed')
  assert.equal(await wait('watcher', 'three'), 'resource StatefulSet/default/db not ready. status: InProgress, message: Ready: 0/1\ncontext deadline exceeded')
})

test('the legacy waiter looks at no pods of a set', async () => {
  assert.equal(await wait('legacy', 'two'), 'context deadline exceeded')
})
