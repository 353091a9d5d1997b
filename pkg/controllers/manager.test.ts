import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, leases } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { startControllerManager } from './manager.ts'

test('Of two controller managers one acts; the other takes over at once when it ends, and after the lease when it is cut off', async () => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const acted: string[] = []
  const start = (identity: string, via: Client = client) => {
    const abort = new AbortController()
    const watcher: Controller = {
      name: 'watcher',
      inputs: [input(configMaps, { keys: ({ metadata }) => [metadata.name] })],
      outputs: [output(configMaps)],
      reconcile: async (name) => void acted.push(`${identity}:${name}`),
    }
    const options = { client: via, clock, log: silentLogger, signal: abort.signal, leaderIdentity: identity, factories: [() => watcher], rootCa: '' }
    return { abort, ...startControllerManager(options) }
  }
  let cut = false
  const flaky = intercept(client, {
    before: () => {
      if (cut) throw new Error('cut off')
    },
  })
  const [a] = [start('a')]
  await clock.advance(100)
  const b = start('b', flaky)
  await clock.advance(10_000)
  const make = async (name: string) => {
    await client.create(configMaps, { metadata: { namespace: 'n', name } })
    await clock.advance(1_000)
  }
  await make('one')
  assert.deepEqual(acted, ['a:one'])
  assert.match(a.metricsText(), /leader_election_master_status\{name="kube-controller-manager"\} 1/)
  assert.match(b.metricsText(), /leader_election_master_status\{name="kube-controller-manager"\} 0/)

  a.abort.abort()
  await clock.advance(0)
  await a.done
  assert.equal(client.peek(leases, 'kube-system', 'kube-controller-manager')?.spec?.holderIdentity, '', 'released')
  await clock.advance(5_000)
  assert.deepEqual(acted, ['a:one', 'b:one'])

  const c = start('c')
  cut = true
  await clock.advance(12_000)
  await b.done
  await make('two')
  assert.deepEqual(acted.filter((each) => each.endsWith('two')).length <= 1, true)
  await clock.advance(20_000)
  assert.deepEqual(acted.slice(2), ['c:one', 'c:two'])
  c.abort.abort()
  await clock.advance(0)
  await c.done
})

test('Controllers begin one after the other when they are told to, under the lease that is named, and look at everything anew in the end', async () => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'one' } })
  const acted: string[] = []
  const watcher = (name: string): Controller => ({
    name,
    inputs: [input(configMaps, { keys: ({ metadata }) => [metadata.name] })],
    outputs: [],
    reconcile: async () => void acted.push(name),
  })
  const abort = new AbortController()
  const { done } = startControllerManager({
    client,
    clock,
    log: silentLogger,
    signal: abort.signal,
    leaderIdentity: 'a',
    election: { name: 'mine', namespace: 'elsewhere', leaseDurationMs: 30_000 },
    startIntervalMs: 5_000,
    resyncMs: 3_600_000,
    factories: [() => watcher('first'), () => watcher('second')],
    rootCa: '',
  })
  await clock.advance(1_000)
  assert.deepEqual(acted, ['first'])
  await clock.advance(5_000)
  assert.deepEqual(acted, ['first', 'second'])
  assert.equal(client.peek(leases, 'elsewhere', 'mine')?.spec?.leaseDurationSeconds, 30)
  await clock.advance(3_500_000)
  assert.equal(acted.length, 2, 'nothing has changed')
  await clock.advance(3_800_000)
  assert.ok(acted.slice(2).includes('first') && acted.slice(2).includes('second'), 'between one and two periods later')
  abort.abort()
  await clock.advance(0)
  await done
})
