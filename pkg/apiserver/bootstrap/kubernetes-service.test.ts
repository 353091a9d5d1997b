import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { openStore } from '#storage/open.ts'
import { startTestApiServer } from '../testing.ts'
import { keepKubernetesService } from './kubernetes-service.ts'
import { serverLeasesOf, storedServerLeases } from './server-leases.ts'

const key = { namespace: 'default', name: 'kubernetes' }

test('every API server on one store is an endpoint of the kubernetes Service, until it leaves', async (t) => {
  const api = await startTestApiServer()
  t.after(() => api[Symbol.asyncDispose]())
  const store = await openStore({ kind: 'memory' })
  t.after(() => store.close())
  const stop = new AbortController()
  t.after(() => stop.abort())
  const leases = storedServerLeases(store)
  const serverAt = (address: string) =>
    keepKubernetesService({
      client: api.client,
      clock: systemClock,
      log: silentLogger,
      serviceCidr: '10.96.0.0/16',
      advertise: { address, port: 6443 },
      leases,
      signal: stop.signal,
    })
  const seen = async () => {
    const [old, slice] = [await api.client.get(endpoints, key), await api.client.get(endpointSlices, key)]
    const addresses = (old.subsets ?? []).flatMap((each) => (each.addresses ?? []).map(({ ip }) => ip))
    assert.deepEqual(
      slice.endpoints?.map((each) => each.addresses[0]),
      addresses,
    )
    return addresses
  }
  const two = await serverAt('192.0.2.2')
  assert.deepEqual(await seen(), ['192.0.2.2'])
  const one = await serverAt('192.0.2.1')
  assert.deepEqual(await seen(), ['192.0.2.1', '192.0.2.2'])
  await one.leave()
  assert.deepEqual(await seen(), ['192.0.2.2'])
  // The last one leaves its address: nothing else would say where the cluster was.
  await two.leave()
  assert.deepEqual(await seen(), ['192.0.2.2'])
})

test('a server that is not heard of for fifteen seconds is no endpoint any more', async (t) => {
  const clock = new FakeClock()
  const store = await openStore({ kind: 'memory' }, { clock })
  t.after(() => store.close())
  const leases = storedServerLeases(store)
  await leases.renew('192.0.2.1')
  await clock.advance(10_000)
  await leases.renew('192.0.2.2')
  await clock.advance(4_000)
  assert.deepEqual(await leases.addresses(), ['192.0.2.1', '192.0.2.2'])
  await clock.advance(10_000)
  assert.deepEqual(await leases.addresses(), ['192.0.2.2'])
})

test('a store with one server is not written to for its lease', async (t) => {
  const store = await openStore({ kind: 'memory' })
  t.after(() => store.close())
  const before = store.revision()
  const leases = serverLeasesOf(store)
  await leases.renew('192.0.2.1')
  assert.deepEqual([await leases.addresses(), store.revision()], [['192.0.2.1'], before])
})
