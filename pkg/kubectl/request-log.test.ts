import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawResponse, Transport } from '#client/types.ts'
import { withRequestLog } from './request-log.ts'

const answer = (body: string | Uint8Array, status = 200): RawResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'audit-id': 'a' },
  text: async () => String(body),
  bytes: async () => Buffer.from(body),
  async *stream() {
    yield Buffer.from(body)
  },
})
const pod = '{"kind":"Pod"}\n'

async function told(level: number, transport: Partial<Transport> = {}): Promise<string> {
  let text = ''
  let now = new Date(2026, 10, 29, 11, 47, 5, 7).getTime()
  const inner: Transport = { request: async () => answer(pod), close() {}, ...transport }
  const log = withRequestLog(inner, {
    level,
    server: 'https://127.0.0.1:6443',
    scheme: 'Bearer',
    write: (more) => {
      text += more
    },
    now: () => (now += 4),
    pid: 321,
  })
  const request = { method: 'GET', path: '/api/v1/pods?limit=5', headers: { accept: 'application/json', 'user-agent': 'kubectl' } }
  await log.request(request).then(
    (response) => response.text(),
    () => {},
  )
  return text.replace(/I1129 11:47:05\.0\d\d000 {5}321 /g, 'I ')
}

test('each level of -v tells of a request what client-go tells at it', async () => {
  const url = 'verb="GET" url="https://127.0.0.1:6443/api/v1/pods?limit=5"'
  assert.equal(await told(6), `I round_trippers.go:632] "Response" ${url} status="200 OK" milliseconds=4\n`)
  const sent = 'headers=<\n\tAccept: application/json\n\tAuthorization: Bearer <masked>\n\tUser-Agent: kubectl\n >'
  const got = 'headers=<\n\tAudit-Id: a\n\tContent-Type: application/json\n >'
  assert.equal(await told(7), `I round_trippers.go:527] "Request" ${url} ${sent}\nI round_trippers.go:632] "Response" status="200 OK" milliseconds=4\n`)
  const bodies = ['I helper.go:105] "Request Body" body=""\n', 'I helper.go:105] "Response Body" body=<\n\t{"kind":"Pod"}\n >\n'] as const
  assert.equal(
    await told(8),
    `${bodies[0]}I round_trippers.go:527] "Request" ${url} ${sent}\nI round_trippers.go:632] "Response" status="200 OK" ${got} milliseconds=4\n${bodies[1]}`,
  )
  const command = `curl -v -XGET  -H "Accept: application/json" -H "User-Agent: kubectl" -H "Authorization: Bearer <masked>" 'https://127.0.0.1:6443/api/v1/pods?limit=5'`
  assert.equal(
    await told(9),
    `${bodies[0]}I round_trippers.go:527] "Request" curlCommand=<\n\t${command}\n >\nI round_trippers.go:632] "Response" ${url} status="200 OK" ${got} milliseconds=4\n${bodies[1]}`,
  )
})

test('who does not answer is told of without a status', async () => {
  const silent = { request: () => Promise.reject(new Error('connection refused')) }
  assert.match(await told(6, silent), /"Response" verb="GET" url="[^"]+" status="" milliseconds=4\n$/)
})

test('bodies are cut at their level, bytes come as a dump, and no escape reaches the terminal', async () => {
  const long = { request: async () => answer(`${'x'.repeat(2000)}`) }
  assert.match(await told(8, long), /body="x{1024} \[truncated 976 chars\]"\n$/)
  assert.match(await told(9, long), /body="x{2000}"\n$/)
  assert.match(await told(8, { request: async () => answer('a\u0000\u001b[2J') }), /body=<\n\t00000000 {2}61 00 1b 5b 32 4a {33}\|a\.\.\[2J\|\n >\n$/)
  assert.match(await told(8, { request: async () => answer('\u001b[2J\nb') }), /body=<\n\t\\x1b\[2J\n\tb\n >\n$/)
})
