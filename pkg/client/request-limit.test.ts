import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { limitedTransport } from './request-limit.ts'
import type { RawResponse } from './types.ts'

test('As many requests as the burst go at once, the others one after the other at the rate; watches are not counted', async () => {
  const clock = new FakeClock()
  const began = clock.now()
  const sent: number[] = []
  const transport = {
    request: async () => {
      sent.push(clock.now() - began)
      return {} as RawResponse
    },
    close() {},
  }
  const limited = limitedTransport(transport, { qps: 10, burst: 3 }, clock)
  const get = () => limited.request({ method: 'GET', path: '/api/v1/nodes' })
  const all = Promise.all([get(), get(), get(), get(), get(), limited.request({ method: 'GET', path: '/api/v1/nodes?watch=true' })])
  await clock.advance(1_000)
  await all
  assert.deepEqual(sent, [0, 0, 0, 0, 100, 200])
  await clock.advance(1_000)
  await Promise.all([get(), get(), get()])
  assert.deepEqual(sent.slice(6), [2_000, 2_000, 2_000], 'the bucket is full again')
})
