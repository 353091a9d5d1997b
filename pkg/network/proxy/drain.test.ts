import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { createInformerFactory } from '#client/informer.ts'
import { createDrain } from './drain.ts'

async function rig(t: { signal: AbortSignal; after(fn: () => void): void }) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const informers = createInformerFactory(client, { clock, log: silentLogger })
  const rules = { settled: Promise.resolve() }
  const drain = createDrain({ informers, settled: () => rules.settled, clock, nodeName: 'node-1' })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const slice = (conditions: object, ...others: readonly object[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's', namespace: 'default' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions, nodeName: 'node-1' }, ...others],
  })
  await client.create(endpointSlices, slice({ ready: true }))
  void informers.start(stop.signal)
  await settle()
  return { clock, client, drain, slice, rules }
}

test('an address in no slice is drained at once', async (t) => {
  const { drain } = await rig(t)
  await drain('10.0.0.9')
})

test('a served address is drained once its endpoint is terminating, and a moment has passed for connections on their way', async (t) => {
  const { clock, client, drain, slice } = await rig(t)
  let drained = false
  const done = drain('10.0.0.1').then(() => {
    drained = true
  })
  await clock.advance(500)
  assert.equal(drained, false)
  const current = await client.get(endpointSlices, { namespace: 'default', name: 's' })
  await client.update(endpointSlices, { ...slice({ ready: false, terminating: true }), metadata: current.metadata } as never)
  await clock.advance(99)
  assert.equal(drained, false)
  await clock.advance(1)
  await done
})

test('an endpoint that was terminating before the kubelet asked may still be in the rules: they are waited for', async (t) => {
  const { clock, client, drain, slice, rules } = await rig(t)
  const written = Promise.withResolvers<void>()
  rules.settled = written.promise
  const current = await client.get(endpointSlices, { namespace: 'default', name: 's' })
  await client.update(endpointSlices, { ...slice({ ready: false, terminating: true }), metadata: current.metadata } as never)
  await settle()
  let drained = false
  const done = drain('10.0.0.1').then(() => {
    drained = true
  })
  await clock.advance(500)
  assert.equal(drained, false, 'the rules are not written yet')
  written.resolve()
  await clock.advance(99)
  assert.equal(drained, false, 'connections on their way have their moment')
  await clock.advance(1)
  await done
})

test('where other nodes serve too, they are given longer to follow', async (t) => {
  const { clock, client, drain, slice } = await rig(t)
  const other = { addresses: ['10.0.1.1'], conditions: { ready: true }, nodeName: 'node-2' }
  const current = await client.get(endpointSlices, { namespace: 'default', name: 's' })
  await client.update(endpointSlices, { ...slice({ ready: false, terminating: true }, other), metadata: current.metadata } as never)
  await settle()
  let drained = false
  const done = drain('10.0.0.1').then(() => {
    drained = true
  })
  await clock.advance(399)
  assert.equal(drained, false)
  await clock.advance(1)
  await done
})

test('nobody waits for ever for an endpoint that stays', async (t) => {
  const { clock, drain } = await rig(t)
  const done = drain('10.0.0.1')
  await clock.advance(2_100)
  await done
})
