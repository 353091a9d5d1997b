import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { namespaces } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createHttpsTransport } from './https-transport.ts'
import { createClient } from './rest.ts'

test('A client over HTTP gets, watches until aborted, and reads its token file again after a minute', async (t) => {
  const authorizations: (string | undefined)[] = []
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization)
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('watch=true')) {
      response.write(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a' } } })}\n`)
      return
    }
    response.end(JSON.stringify({ metadata: { name: 'a' } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-client-'))
  t.after(() => {
    rmSync(dir, { recursive: true })
    server.closeAllConnections()
    server.close()
  })
  const tokenFile = join(dir, 'token')
  writeFileSync(tokenFile, 'one\n')
  const clock = new FakeClock()
  const transport = createHttpsTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokenFile, clock })
  const client = createClient(transport)
  assert.equal((await client.get(namespaces, { name: 'a' })).metadata.name, 'a')

  const abort = new AbortController()
  const seen: string[] = []
  for await (const event of client.watch(namespaces, { signal: abort.signal })) {
    seen.push(event.type)
    abort.abort()
  }
  assert.deepEqual(seen, ['ADDED'])

  writeFileSync(tokenFile, 'two')
  await clock.advance(60_000)
  await client.get(namespaces, { name: 'a' })
  assert.deepEqual(authorizations, ['Bearer one', 'Bearer one', 'Bearer two'])
  client.close()
})
