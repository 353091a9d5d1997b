import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secrets } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { tokenCleanerController } from './index.ts'

test('A bootstrap token goes when its time is over, not before', async (t) => {
  const { client, clock, settled, advance } = testControllers(t, { controllers: [tokenCleanerController()] })
  const token = (name: string, expiration?: string) => ({
    metadata: { namespace: 'kube-system', name },
    type: 'bootstrap.kubernetes.io/token',
    data: { ...(expiration ? { expiration: Buffer.from(expiration).toString('base64') } : {}) },
  })
  client.seed(secrets, token('a', rfc3339(clock.now() + 60_000)), token('b', rfc3339(clock.now() - 1000)), token('c'))
  const names = () => client.all(secrets).map(({ metadata }) => metadata.name)
  await settled()
  assert.deepEqual(names(), ['a', 'c'])
  await advance(61_000)
  assert.deepEqual(names(), ['c'])
})
