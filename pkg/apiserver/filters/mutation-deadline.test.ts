import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { parseRequestInfo } from '../request-info.ts'
import { fakeRequest } from '../test-rig.ts'
import type { ApiResponse } from '../types.ts'
import { mutationDeadline } from './mutation-deadline.ts'

const path = '/api/v1/namespaces/default/configmaps'

/** What has come of it after so long: "waits", or the error's text. */
async function after(milliseconds: number, method: string, url: string): Promise<string> {
  const clock = new FakeClock()
  const handler = mutationDeadline(clock, () => new Promise<ApiResponse>(() => {}))
  const request = fakeRequest(url, { method })
  request.context.info = parseRequestInfo(method, url, new URLSearchParams())
  let outcome = 'waits'
  handler(request).catch((error) => (outcome = `${error.code} ${error.message} ${request.context.isAbandoned}`))
  await clock.advance(milliseconds)
  return outcome
}

test('a write is answered after 34 s with 504, though it may still be done', async () => {
  const told = '504 Timeout: request did not complete within requested timeout - context deadline exceeded true'
  for (const [method, url] of [
    ['POST', path],
    ['PUT', `${path}/a`],
    ['PATCH', `${path}/a`],
    ['DELETE', `${path}/a`],
    ['DELETE', path],
  ] as const) {
    assert.equal(await after(33_999, method, url), 'waits')
    assert.equal(await after(34_000, method, url), told, method)
  }
})

test('reads and what runs long are not bounded by it', async () => {
  for (const [method, url] of [
    ['GET', path],
    ['POST', '/api/v1/namespaces/default/pods/a/exec'],
    ['POST', '/api/v1/namespaces/default/pods/a/proxy/x'],
  ] as const)
    assert.equal(await after(60_000, method, url), 'waits', url)
})

test('what is answered in time leaves no timer', async () => {
  const clock = new FakeClock()
  const handler = mutationDeadline(clock, async () => ({ status: 201, headers: {} }))
  const request = fakeRequest(path, { method: 'POST' })
  request.context.info = parseRequestInfo('POST', path, new URLSearchParams())
  assert.equal((await handler(request)).status, 201)
  assert.equal(clock.pending, 0)
})
