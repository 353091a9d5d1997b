import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from './fake/fake-client.ts'
import { intercept } from './interceptor.ts'
import { runWithLease } from './lease.ts'
import type { Client } from './types.ts'

const until = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

test('A second candidate leads only when the first stops, or is silent for the lease duration', async () => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const log: string[] = []
  const candidate = (identity: string, via: Client, signal: AbortSignal) =>
    runWithLease({ client: via, clock, log: silentLogger, namespace: 'kube-system', name: 'kcm', identity, random: () => 0 }, signal, async (leading) => {
      log.push(`${identity} leads`)
      await until(leading)
      log.push(`${identity} ends`)
    })
  let cut = false
  const first = new AbortController()
  const second = new AbortController()
  const flaky = intercept(client, {
    before: () => {
      if (cut) throw new Error('cut off')
    },
  })
  const a = candidate('a', flaky, first.signal)
  await clock.advance(0)
  const b = candidate('b', client, second.signal)
  await clock.advance(60_000)
  assert.deepEqual(log, ['a leads'])
  cut = true
  await clock.advance(12_000)
  assert.deepEqual(log, ['a leads', 'a ends'], 'it gives up before another may lead')
  await clock.advance(10_000)
  assert.deepEqual(log, ['a leads', 'a ends', 'b leads'])
  assert.equal(client.peek(leases, 'kube-system', 'kcm')?.spec?.leaseTransitions, 1)
  second.abort()
  await clock.advance(0)
  await Promise.all([a, b])
  assert.equal(client.peek(leases, 'kube-system', 'kcm')?.spec?.holderIdentity, '')
})
