import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testService, testSlice } from '../../test-objects.ts'
import { endpointsOf } from './backend-endpoints.ts'

const backend = { namespace: 'default', service: 'web', port: 80 }
const four = testSlice('web', { port: 8080 }, [{ address: '10.244.0.2' }])
const six = { ...testSlice('web', { port: 8080 }, [{ address: 'fd00:10:244::2' }]), addressType: 'IPv6' }
const addresses = (ipFamilies: string[], slices: (typeof four)[]) =>
  endpointsOf(backend, testService('web', { clusterIP: '10.96.0.5', ipFamilies, ports: [{ port: 80 }] }), slices).map(({ address }) => address)

test('a pod of two families is one endpoint, by the first family of its Service', () => {
  assert.deepEqual(addresses(['IPv4', 'IPv6'], [four, six]), ['10.244.0.2'])
  assert.deepEqual(addresses(['IPv6', 'IPv4'], [four, six]), ['fd00:10:244::2'])
})

test('a Service of one family has the endpoints of that', () => {
  assert.deepEqual(addresses(['IPv6'], [six]), ['fd00:10:244::2'])
  assert.deepEqual(addresses(['IPv4'], [four]), ['10.244.0.2'])
  assert.deepEqual(addresses([], [six]), ['fd00:10:244::2'], 'endpoints that somebody brings')
})
