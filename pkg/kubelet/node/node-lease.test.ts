import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import { completeConfiguration } from '../configuration/load.ts'
import type { KubeletContext } from '../context.ts'
import { keepLease } from './node-lease.ts'

test('the node holds a lease of its own, renews it each quarter of its time, and makes it again when it is gone', async () => {
  const clock = new FakeClock()
  const fake = createFakeClient({ clock })
  let isAway = false
  const client = intercept(fake, {
    before() {
      if (isAway) throw new Error('connect ECONNREFUSED')
    },
  })
  const stop = new AbortController()
  const configuration = completeConfiguration({ nodeLeaseDurationSeconds: 40 })
  const kept = keepLease({ client, clock, log: silentLogger, nodeName: 'n1', configuration } as unknown as KubeletContext, () => 'uid-n1', stop.signal)
  const lease = () => fake.peek(leases, 'kube-node-lease', 'n1')
  await settle()
  assert.deepEqual(lease()?.metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-n1' }])
  assert.deepEqual([lease()?.spec?.holderIdentity, lease()?.spec?.leaseDurationSeconds], ['n1', 40])
  const renewed = [lease()?.spec?.renewTime]
  await clock.advance(10_000)
  renewed.push(lease()?.spec?.renewTime)
  assert.deepEqual(renewed, ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:10.000000Z'])
  await fake.delete(leases, { namespace: 'kube-node-lease', name: 'n1' })
  await clock.advance(11_000)
  assert.ok(lease())
  isAway = true
  await clock.advance(20_000)
  isAway = false
  await clock.advance(11_000)
  assert.equal(lease()?.spec?.renewTime?.slice(0, 18), '2026-01-01T00:00:5')
  stop.abort()
  await kept
})
