/** Hooks against servers of HTTP, HTTPS and TCP. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { after, test } from 'node:test'
import type { LifecycleHandler } from '#api/gen/core/v1.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { type HookInput, runHook } from './run-hook.ts'

const seen: IncomingMessage[] = []
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  seen.push(request)
  response.writeHead(request.url === '/no' ? 500 : 200).end()
}
const keys = await generateKeys()
const plain = createServer(answer)
const secure = createTlsServer({ key: keys.privateKey, cert: await issueCa('nobody knows it', keys, Date.now()) }, answer)
const portOf = (server: Server): Promise<number> =>
  new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
const [port, securePort] = [await portOf(plain), await portOf(secure)]
after(() => {
  for (const server of [plain, secure]) {
    server.closeAllConnections()
    server.close()
  }
})

async function run(handler: LifecycleHandler, more: Partial<HookInput> = {}) {
  seen.length = 0
  const told: string[] = []
  const clock = new FakeClock()
  const container = { name: 'main', resources: {}, ports: [{ name: 'web', containerPort: port }] }
  const input = { handler, container, containerId: 'c', podIp: '127.0.0.1', runtime: fakeCri(clock).runtime, clock, timeoutSeconds: 10, ...more }
  await runHook({ ...input, onFallback: (reason, message) => told.push(`${reason}: ${message}`) })
  return { told, clock }
}

test('an HTTP hook asks with its headers, and any answer will do', async () => {
  await run({ httpGet: { path: '/begin', port: 'web', httpHeaders: [{ name: 'X-From', value: 'hook' }] } })
  assert.deepEqual([seen[0]?.url, seen[0]?.headers['x-from'], seen[0]?.headers['user-agent']], ['/begin', 'hook', 'kube-lifecycle/1.36'])
  await run({ httpGet: { path: '/no', port } })
  assert.equal(seen.length, 1)
  await assert.rejects(run({ httpGet: { path: '/', port: 'none' } }), { message: "couldn't find port: none" })
  await assert.rejects(run({ httpGet: { path: '/', port: 1 } }), /^Error: Get "http:\/\/127.0.0.1:1\/": dial tcp 127.0.0.1:1: connect: connection refused$/)
})

test('an HTTPS hook takes any certificate', async () => {
  const { told } = await run({ httpGet: { path: '/secure', port: securePort, scheme: 'HTTPS' } })
  assert.deepEqual([seen[0]?.url, told], ['/secure', []])
})

test('an HTTPS hook that is answered in plain HTTP is asked again so, without its authorization, and an event tells', async () => {
  const httpHeaders = [
    { name: 'Authorization', value: 'secret' },
    { name: 'X-From', value: 'hook' },
  ]
  const { told } = await run({ httpGet: { path: '/begin', port, scheme: 'HTTPS', httpHeaders } })
  assert.deepEqual([seen.length, seen[0]?.headers.authorization, seen[0]?.headers['x-from']], [1, undefined, 'hook'])
  assert.deepEqual(told, ['LifecycleHTTPFallback: request to HTTPS lifecycle hook got HTTP response, retry with HTTP succeeded'])
})

test('a TCP hook connects, or says why not', async () => {
  await run({ tcpSocket: { port } })
  await assert.rejects(run({ tcpSocket: { port: 1 } }), { message: 'dial tcp 127.0.0.1:1: connect: connection refused' })
})

test('an exec hook that fails tells its command, exit code and output', async () => {
  const { runtime } = fakeCri(new FakeClock())
  const failing = { ...runtime, execSync: async () => ({ stdout: Buffer.from('what was said'), stderr: Buffer.alloc(0), exitCode: 3 }) }
  await assert.rejects(run({ exec: { command: ['do', 'it'] } }, { runtime: failing }), {
    message: 'Exec lifecycle hook (["do","it"]) for Container "main" failed - error: command \'do it\' exited with 3: what was said',
  })
})

test('a sleep lasts as long as it says', async () => {
  const clock = new FakeClock()
  let ended = false
  const hook = run({ sleep: { seconds: 5 } }, { clock }).then(() => {
    ended = true
  })
  await clock.advance(4999)
  assert.equal(ended, false)
  await clock.advance(1)
  await hook
})
