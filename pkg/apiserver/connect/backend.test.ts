import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import { fakeRequest } from '../test-rig.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { agentFor, type BackendTarget, fetchStream, forward } from './backend.ts'

test('connections are shared as long as the certificate that is shown is the same one', () => {
  let certificate = 'one'
  const tls = {
    get certificate() {
      return certificate
    },
  }
  const first = agentFor(tls)
  assert.equal(agentFor(tls), first)
  certificate = 'two'
  const second = agentFor(tls)
  assert.notEqual(second, first)
  assert.equal(agentFor(tls), second)
})

/** A backend that resets, as each is used again, the connections that it had kept. */
async function forgetful(t: { after(fn: () => void): void }): Promise<{ target: BackendTarget; asked: string[] }> {
  const keys = await generateKeys()
  const asked: string[] = []
  const used = new WeakSet<Socket>()
  const server = createServer({ cert: await issueCa('n', keys, Date.now()), key: keys.privateKey }, (request, response) => {
    asked.push(request.method!)
    if (used.has(request.socket)) return void request.socket.destroy()
    used.add(request.socket)
    response.end('here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tls = {}
  t.after(() => {
    agentFor(tls).destroy()
    server.close()
  })
  return { target: { scheme: 'https', host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/', tls }, asked }
}

async function read(body: unknown): Promise<string> {
  let text = ''
  for await (const chunk of body as AsyncIterable<Buffer>) text += chunk
  // The connection goes back to those that are kept.
  await new Promise((resolve) => setImmediate(resolve))
  return text
}

test('what has no body is asked again where a kept connection turns out to be gone', async (t) => {
  const { target, asked } = await forgetful(t)
  const refuse = () => assert.fail('refused')
  assert.equal(await read((await fetchStream(fakeRequest('/'), target, refuse)).body), 'here')
  assert.equal(await read((await fetchStream(fakeRequest('/'), target, refuse)).body), 'here')
  assert.equal(await read((await forward(fakeRequest('/'), target)).body), 'here')
  assert.deepEqual(asked, ['GET', 'GET', 'GET', 'GET', 'GET'])
})

test('what has a body, or is no mere question, is sent once', async (t) => {
  const { target, asked } = await forgetful(t)
  await read((await forward(fakeRequest('/'), target)).body)
  await assert.rejects(forward(fakeRequest('/', { method: 'POST' }), target), /error dialing backend: socket hang up/)
  await read((await forward(fakeRequest('/'), target)).body)
  const body = async function* () {
    yield Buffer.from('x')
  }
  await assert.rejects(forward(fakeRequest('/', { bodyStream: body }), target), /error dialing backend: socket hang up/)
  assert.deepEqual(asked, ['GET', 'POST', 'GET', 'GET'])
})
