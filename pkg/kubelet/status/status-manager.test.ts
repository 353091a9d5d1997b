import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import { statusManager } from './status-manager.ts'

test('a write is timed from the first change that the API did not have, through failures and further changes', async () => {
  const clock = new FakeClock()
  const fake = createFakeClient({ clock })
  let isAway = true
  const client = intercept(fake, {
    before() {
      if (isAway) throw new Error('connect ECONNREFUSED')
    },
  })
  const took: number[] = []
  const statuses = statusManager({ client, clock, log: silentLogger, signal: new AbortController().signal, onWritten: (ms) => took.push(ms) })
  const pod = (await fake.create(pods, { metadata: { name: 'web', namespace: 'default' }, spec: { containers: [] } } as never)) as Pod
  const status = (phase: string) => ({ phase, conditions: [] }) as unknown as PodStatus
  statuses.set(pod, status('Pending'))
  await clock.advance(3000)
  statuses.set(pod, status('Running'))
  assert.deepEqual(took, [])
  isAway = false
  await clock.advance(5000)
  assert.equal(fake.peek(pods, 'default', 'web')?.status?.phase, 'Running')
  assert.equal(took.length, 1)
  assert.ok(took[0]! >= 3000, `${took}`)
  statuses.set(pod, status('Succeeded'))
  await settle()
  assert.deepEqual(took.slice(1), [0])
})
