import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { Informer, EventHandler } from '#client/informer-types.ts'
import { testSlice } from '../test-objects.ts'
import { EndpointAddresses } from './endpoint-addresses.ts'

function rig() {
  let handler: EventHandler<EndpointSlice> = {}
  let changes = 0
  const informer = { addHandler: (each: EventHandler<EndpointSlice>) => (handler = each) } as unknown as Informer<EndpointSlice>
  const addresses = new EndpointAddresses(informer, 'here', () => changes++)
  const slice = (name: string, ...endpoints: Parameters<typeof testSlice>[2]): EndpointSlice => {
    const made = testSlice('s', { port: 80 }, endpoints)
    return { ...made, metadata: { ...made.metadata, name } }
  }
  return {
    addresses,
    slice,
    add: (each: EndpointSlice) => handler.onAdd?.(each, false),
    update: (before: EndpointSlice, now: EndpointSlice) => handler.onUpdate?.(before, now),
    remove: (each: EndpointSlice) => handler.onDelete?.(each),
    changes: () => changes,
  }
}

test('an address is served as long as one slice has it ready, and known as long as one has it at all', () => {
  const { addresses, slice, add, update, remove, changes } = rig()
  const [a, b] = [slice('a', { address: '10.0.0.1', nodeName: 'here' }), slice('b', { address: '10.0.0.1', nodeName: 'here' })]
  add(a)
  add(b)
  const leaving = { ...a, endpoints: a.endpoints!.map((each) => ({ ...each, conditions: { ready: false, terminating: true } })) }
  update(a, leaving)
  assert.deepEqual([addresses.isKnown('10.0.0.1'), addresses.isServed('10.0.0.1')], [true, true])
  remove(b)
  assert.deepEqual([addresses.isKnown('10.0.0.1'), addresses.isServed('10.0.0.1')], [true, false])
  remove(leaving)
  assert.deepEqual([addresses.isKnown('10.0.0.1'), addresses.isServed('10.0.0.1')], [false, false])
  assert.equal(changes(), 5)
})

test('a node is alone while no endpoint is on another', () => {
  const { addresses, slice, add, update, remove } = rig()
  const mine = slice('a', { address: '10.0.0.1', nodeName: 'here' })
  const both = slice('a', { address: '10.0.0.1', nodeName: 'here' }, { address: '10.0.1.1', nodeName: 'there' })
  add(mine)
  assert.equal(addresses.isAlone(), true)
  update(mine, both)
  assert.equal(addresses.isAlone(), false)
  remove(both)
  assert.equal(addresses.isAlone(), true)
})
