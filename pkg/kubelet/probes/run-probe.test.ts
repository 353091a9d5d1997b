import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { FakeClock } from '#base/fake-clock.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { fakeCri } from '../testing/fake-cri.ts'
import { healthServices, runProbe } from './run-probe.ts'

let headers: IncomingHttpHeaders = {}
const server = createServer((request, response) => {
  headers = request.headers
  if (request.url === '/away') response.writeHead(302, { location: '/ok' })
  else if (request.url === '/round') response.writeHead(302, { location: '/round' })
  else if (request.url === '/elsewhere') response.writeHead(302, { location: 'http://192.0.2.9/' })
  else response.writeHead(request.url === '/ok' ? 200 : 503)
  response.end('body')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
after(() => {
  server.closeAllConnections()
  server.close()
})
const target = {
  container: { name: 'main', resources: {}, ports: [{ name: 'web', containerPort: port }] },
  containerId: 'c',
  podIp: '127.0.0.1',
  runtime: fakeCri(new FakeClock()).runtime,
}

/** Patient, since the machine may have other work; a probe that tests time itself says so. */
const run = (probe: Parameters<typeof runProbe>[0], of: Parameters<typeof runProbe>[1]) => runProbe({ timeoutSeconds: 60, ...probe }, of)

test('an HTTP probe takes 200 to 399 as success, follows redirects on the same host, and names ports', async () => {
  assert.deepEqual(await run({ httpGet: { path: '/ok', port: 'web' } }, target), { ok: true, output: 'body' })
  assert.deepEqual(await run({ httpGet: { path: '/no', port } }, target), { ok: false, output: 'HTTP probe failed with statuscode: 503' })
  assert.equal((await run({ httpGet: { path: '/away', port } }, target)).ok, true)
  const elsewhere = { ok: true, warning: true, output: 'Probe terminated redirects, Response body: body' }
  assert.deepEqual(await run({ httpGet: { path: '/elsewhere', port } }, target), elsewhere)
  const round = { ok: false, output: `Get "http://127.0.0.1:${port}/round": stopped after 10 redirects` }
  assert.deepEqual(await run({ httpGet: { path: '/round', port } }, target), round)
  assert.deepEqual(await run({ httpGet: { path: '/ok', port: 'none' } }, target), { ok: false, output: "couldn't find port: none" })
})

test('an HTTPS probe takes any certificate, and says when the server has none', async () => {
  const keys = await generateKeys()
  const secure = createTlsServer({ key: keys.privateKey, cert: await issueCa('nobody knows it', keys, Date.now()) }, (request, response) => {
    response.writeHead(request.url === '/ok' ? 200 : 503).end('secure')
  })
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const securePort = (secure.address() as AddressInfo).port
  try {
    assert.deepEqual(await run({ httpGet: { path: '/ok', port: securePort, scheme: 'HTTPS' } }, target), { ok: true, output: 'secure' })
    assert.deepEqual(await run({ httpGet: { path: '/no', port: securePort, scheme: 'HTTPS' } }, target), {
      ok: false,
      output: 'HTTP probe failed with statuscode: 503',
    })
    assert.deepEqual(await run({ httpGet: { path: '/ok', port, scheme: 'HTTPS' } }, target), {
      ok: false,
      output: `Get "https://127.0.0.1:${port}/ok": http: server gave HTTP response to HTTPS client`,
    })
  } finally {
    secure.closeAllConnections()
    secure.close()
  }
})

test('an HTTP probe sends the headers asked for', async () => {
  await run(
    {
      httpGet: {
        path: '/ok',
        port,
        httpHeaders: [
          { name: 'Host', value: 'example.test' },
          { name: 'X-A', value: '1' },
        ],
      },
    },
    target,
  )
  assert.equal(headers.host, 'example.test')
  assert.equal(headers['x-a'], '1')
  assert.equal(headers['user-agent'], 'kube-probe/1.36')
})

test('a TCP probe connects, or says why not', async () => {
  assert.equal((await run({ tcpSocket: { port } }, target)).ok, true)
  assert.deepEqual(await run({ tcpSocket: { port: 1 } }, target), { ok: false, output: 'dial tcp 127.0.0.1:1: connect: connection refused' })
})

test('an exec probe goes by the exit code and shows both outputs', async () => {
  const results: readonly [number, boolean][] = [
    [0, true],
    [1, false],
  ]
  for (const [exitCode, ok] of results) {
    const runtime = { ...target.runtime, execSync: async () => ({ stdout: Buffer.from('out '), stderr: Buffer.from('err'), exitCode }) }
    assert.deepEqual(await run({ exec: { command: ['check'] } }, { ...target, runtime }), { ok, output: 'out err' })
  }
})

test('a gRPC probe asks the health service by its name, and says why it is not well', async () => {
  const server = new Server()
  const statuses: Readonly<Record<string, string>> = { '': 'SERVING', down: 'NOT_SERVING' }
  server.addService(healthServices.Health as never, {
    Check(call: { request: { service: string } }, answer: (error: object | null, value?: object) => void) {
      const status = statuses[call.request.service]
      if (status) answer(null, { status })
      else answer({ code: 5, details: 'unknown service' })
    },
  })
  const grpcPort = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  try {
    const ask = (service?: string) => run({ grpc: { port: grpcPort, ...(service ? { service } : {}) } }, target)
    assert.equal((await ask()).ok, true)
    assert.deepEqual(await ask('down'), { ok: false, output: 'service unhealthy (responded with "NOT_SERVING")' })
    assert.deepEqual(await ask('absent'), { ok: false, output: 'error: health rpc probe failed: unknown service' })
  } finally {
    server.forceShutdown()
  }
})
