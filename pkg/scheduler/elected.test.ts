import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startElectedScheduler } from './elected.ts'

test('Of two schedulers the one that has the lease schedules; the other takes over when it ends', async () => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const size = { cpu: '4', memory: '8Gi', pods: '110' }
  client.seed(nodes, { metadata: { name: 'a' }, spec: {}, status: { capacity: size, allocatable: size } } as any)
  const start = (identity: string) => {
    const abort = new AbortController()
    const lease = { namespace: 'kube-system', name: 'kube-scheduler', identity, random: () => 0 }
    return { abort, ...startElectedScheduler({ client, clock, log: silentLogger, signal: abort.signal, lease }) }
  }
  const first = start('first')
  await clock.advance(100)
  const second = start('second')
  await clock.advance(10_000)
  assert.match(first.metricsText(), /leader_election_master_status\{name="kube-scheduler"\} 1/)
  assert.match(second.metricsText(), /leader_election_master_status\{name="kube-scheduler"\} 0/)
  const tried = (metrics: string): number =>
    [...metrics.matchAll(/^scheduler_schedule_attempts_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  client.seed(pods, { metadata: { namespace: 'n', name: 'p' }, spec: { schedulerName: 'default-scheduler', containers: [{ name: 'c' }] } } as any)
  await clock.advance(5_000)
  assert.ok(tried(first.metricsText()) > 0)
  assert.equal(tried(second.metricsText()), 0)
  first.abort.abort()
  await clock.advance(0)
  await first.done
  assert.equal(client.peek(leases, 'kube-system', 'kube-scheduler')?.spec?.holderIdentity, '')
  await clock.advance(5_000)
  assert.equal(client.peek(leases, 'kube-system', 'kube-scheduler')?.spec?.holderIdentity, 'second')
  client.seed(pods, { metadata: { namespace: 'n', name: 'q' }, spec: { schedulerName: 'default-scheduler', containers: [{ name: 'c' }] } } as any)
  await clock.advance(5_000)
  assert.ok(tried(second.metricsText()) > 0)
  second.abort.abort()
  await clock.advance(0)
  await second.done
})
