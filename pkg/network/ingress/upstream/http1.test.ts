import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { ResponseParser } from './response-parser.ts'
import { Http1Upstream } from './http1.ts'
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest } from './types.ts'

interface Read {
  status?: number
  headers?: object
  keepsAlive?: boolean
  body: string
  trailers?: object
  rest?: string
}

/** What a parser makes of an answer that comes in pieces of so many bytes; `closes`: the endpoint ends behind it. */
function read(text: string, { method = 'GET', piece = text.length, closes = false } = {}): Read {
  const seen: Read = { body: '' }
  const parser = new ResponseParser(method, {
    head: ({ status, headers, keepsAlive }) => Object.assign(seen, { status, headers: { ...headers }, keepsAlive }),
    data: (chunk) => {
      seen.body += chunk.toString('latin1')
    },
    end: (trailers) => {
      seen.trailers = { ...trailers }
    },
  })
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += piece) {
    const rest = parser.feed(bytes.subarray(at, at + piece))
    if (rest) seen.rest = (seen.rest ?? '') + rest.toString('latin1')
  }
  if (closes) parser.finish()
  return seen
}

const answers: readonly [what: string, text: string, expected: Read, options?: { method?: string; closes?: boolean }][] = [
  [
    'a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
    { status: 200, headers: { 'content-length': '3' }, keepsAlive: true, body: 'abc', trailers: {} },
  ],
  ['no reason', 'HTTP/1.1 201\r\nContent-Length:0\r\n\r\n', { status: 201, headers: { 'content-length': '0' }, keepsAlive: true, body: '', trailers: {} }],
  [
    'chunks, an extension and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 5\r\n\r\n',
    { status: 200, headers: { 'transfer-encoding': 'Chunked' }, keepsAlive: true, body: 'abc0123456789', trailers: { 'x-sum': '5' } },
  ],
  ['the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nall', { status: 200, headers: {}, keepsAlive: false, body: 'all', trailers: {} }, { closes: true }],
  [
    'an answer to HEAD',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n',
    { status: 200, headers: { 'content-length': '3' }, keepsAlive: true, body: '', trailers: {} },
    { method: 'HEAD' },
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, headers: {}, keepsAlive: true, body: '', trailers: {} }],
  [
    '304',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    { status: 304, headers: { 'content-length': '9' }, keepsAlive: true, body: '', trailers: {} },
  ],
  [
    'Connection: close',
    'HTTP/1.1 204 \r\nConnection: Close\r\n\r\n',
    { status: 204, headers: { connection: 'Close' }, keepsAlive: false, body: '', trailers: {} },
  ],
  [
    'HTTP/1.0',
    'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na',
    { status: 200, headers: { 'content-length': '1' }, keepsAlive: false, body: 'a', trailers: {} },
  ],
  [
    'HTTP/1.0 that keeps',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na',
    { status: 200, headers: { connection: 'keep-alive', 'content-length': '1' }, keepsAlive: true, body: 'a', trailers: {} },
  ],
  [
    '100 and 103 before it',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 \r\n\r\n',
    { status: 204, headers: {}, keepsAlive: true, body: '', trailers: {} },
  ],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nmore', { status: 101, headers: { upgrade: 'x' }, keepsAlive: true, body: '', rest: 'more' }],
  [
    'more than the answer',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc',
    { status: 200, headers: { 'content-length': '1' }, keepsAlive: true, body: 'a', trailers: {}, rest: 'bc' },
  ],
  [
    'headers that come twice',
    'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nVary: a\r\nvary:b \r\nServer: x\r\nServer: y\r\nconstructor: \xe9\r\nContent-Length: 0\r\n\r\n',
    {
      status: 200,
      headers: { 'set-cookie': ['a=1', 'b=2'], vary: 'a, b', server: 'x', constructor: '\xe9', 'content-length': '0' },
      keepsAlive: true,
      body: '',
      trailers: {},
    },
  ],
]

test('an answer is the same however it is cut into pieces', () => {
  for (const [what, text, expected, options = {}] of answers) {
    for (const piece of [1, 2, 7, 1000]) assert.deepEqual(read(text, { ...options, piece }), expected, `${what}, in pieces of ${piece}`)
  }
})

test('what is no answer, or could be two, is an error', () => {
  const wrong = [
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffff\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(33_000)}`,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(5000)}`,
  ]
  for (const text of wrong) assert.throws(() => read(text), Error, JSON.stringify(text.slice(0, 90)))
})

interface Talk {
  readonly port: number
  /** The connections so far, and what came by each. */
  readonly connections: { readonly socket: Socket; text: string }[]
}

/** An endpoint that answers what `answer` says for each whole head that comes. */
async function endpoint(t: { after(fn: () => unknown): void }, answer: (socket: Socket, count: number) => void): Promise<Talk> {
  const connections: Talk['connections'] = []
  let count = 0
  const server: Server = createServer((socket) => {
    const connection = { socket, text: '' }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      connection.text += chunk.toString('latin1')
      if (chunk.includes('\r\n\r\n')) answer(socket, count++)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const { socket } of connections) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, connections }
}

const ask = (given: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: 'GET',
  target: '/',
  headers: { host: 'a.test' },
  options: { backendProtocol: 'HTTP', connectTimeoutMs: 5_000, readTimeoutMs: 5_000 },
  ...given,
})

function upstream(t: { after(fn: () => unknown): void }, clock = new FakeClock()) {
  const made = new Http1Upstream(clock)
  t.after(() => made.close())
  return {
    clock,
    send: (port: number, request: UpstreamRequest, body: Readable | Buffer | null = null, onCancel: (cancel: () => void) => void = () => {}) =>
      made.send({ address: '127.0.0.1', port }, request, body, onCancel),
  }
}

async function textOf(answer: UpstreamAnswer): Promise<string> {
  assert.equal(answer.kind, 'response')
  let text = ''
  if (answer.kind === 'response') for await (const chunk of answer.response.body) text += chunk
  return text
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
/** What has been sent has also been read. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a connection serves one request after another, until it has been idle for 4 s or as long as the endpoint says', async (t) => {
  const talk = await endpoint(t, (socket, count) => socket.write(count < 3 ? ok : ok.replace('\r\n', '\r\nKeep-Alive: timeout=2\r\n')))
  const { send, clock } = upstream(t)
  for (const [afterMs, connections] of [
    [0, 1],
    [3_900, 1],
    [4_100, 2],
    [3_900, 2],
    [1_100, 3],
  ] as const) {
    await clock.advance(afterMs)
    assert.equal(await textOf(await send(talk.port, ask())), 'ok')
    assert.equal(talk.connections.length, connections, `after ${afterMs} ms`)
  }
})

test('a connection is not used again when the answer says so, or when more came than was asked for', async (t) => {
  for (const text of [ok.replace('\r\n', '\r\nConnection: close\r\n'), `${ok}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad`]) {
    const talk = await endpoint(t, (socket) => socket.write(text))
    const { send } = upstream(t)
    for (let index = 0; index < 2; index++) assert.equal(await textOf(await send(talk.port, ask())), 'ok')
    assert.equal(talk.connections.length, 2)
  }
  // It comes when nobody asks.
  const talk = await endpoint(t, (socket) => socket.write(ok))
  const { send } = upstream(t)
  await send(talk.port, ask())
  talk.connections[0]!.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad')
  await once(talk.connections[0]!.socket, 'close')
  assert.equal(await textOf(await send(talk.port, ask())), 'ok')
})

test('a kept connection that is closed as it is used leaves the request untouched; a new one that is does not', async (t) => {
  const talk = await endpoint(t, (socket, count) => void (count === 0 ? socket.write(ok) : socket.destroy()))
  const { send } = upstream(t)
  await send(talk.port, ask())
  const untouched = (is: boolean) => (error: unknown) => error instanceof UpstreamError && error.untouched === is
  await assert.rejects(send(talk.port, ask()), untouched(true))
  await assert.rejects(send(talk.port, ask()), untouched(false))
  const { port } = await endpoint(t, () => {})
  await assert.rejects(
    send(port, ask(), null, (cancel) => cancel()),
    untouched(true),
  )
})

test('an answer that breaks off is broken for its reader, and giving up is of no consequence once all is here', async (t) => {
  const talk = await endpoint(t, (socket, count) => {
    if (count === 0) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok')
    else socket.write(ok)
  })
  const { send } = upstream(t)
  await assert.rejects(async () => textOf(await send(talk.port, ask())), /socket hang up/)
  let giveUp = () => {}
  await send(talk.port, ask(), null, (cancel) => {
    giveUp = cancel
  })
  const second = send(talk.port, ask())
  giveUp()
  assert.equal(await textOf(await second), 'ok')
  assert.equal(talk.connections.length, 2)
})

test('the request says how its body is framed, whatever its headers said', async (t) => {
  const stream = (...chunks: string[]) => {
    const body = new PassThrough()
    for (const each of chunks) body.write(each)
    body.end()
    return body
  }
  const cases: [request: Partial<UpstreamRequest>, body: Readable | Buffer | null, text: string][] = [
    [{ headers: { host: 'a', 'content-length': '5' } }, null, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    [{ method: 'POST', headers: { host: 'a' } }, null, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n'],
    [
      { method: 'PUT', headers: { host: 'a', 'transfer-encoding': 'chunked' } },
      Buffer.from('abc'),
      'PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc',
    ],
    [{ method: 'PUT', headers: { 'content-length': '3' } }, stream('a', 'bc'), 'PUT / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc'],
    [{ method: 'PUT', headers: {} }, stream('abc'), 'PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
    [{ headers: { cookie: ['a=1', 'b=2'], 'x-many': ['1', '2'] } }, null, 'GET / HTTP/1.1\r\ncookie: a=1; b=2\r\nx-many: 1\r\nx-many: 2\r\n\r\n'],
  ]
  for (const [request, body, text] of cases) {
    const done = Promise.withResolvers<string>()
    const talk = await endpoint(t, async (socket) => {
      while (!talk.connections[0]!.text.endsWith(text.slice(-5))) await turn()
      done.resolve(talk.connections[0]!.text)
      socket.write(ok)
    })
    await upstream(t).send(talk.port, ask(request), body)
    assert.equal(await done.promise, text)
  }
  for (const request of [
    { target: '/a b' },
    { target: '/a\r\nX: y' },
    { method: 'GE T' },
    { headers: { 'a b': 'c' } },
    { headers: { a: 'b\r\nc: d' } },
    { headers: { a: '€' } },
  ])
    await assert.rejects(upstream(t).send(1, ask(request)), /cannot be sent|no header name/)
})

test('a body of any size comes through at the reader’s pace, both ways', async (t) => {
  const size = 3_000_000
  const server = createHttpServer((request, response) => void request.pipe(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const body = new PassThrough()
  const answer = await (async () => {
    const asked = upstream(t).send((server.address() as AddressInfo).port, ask({ method: 'POST' }), body)
    body.write(Buffer.alloc(1, 'x'))
    const come = await asked
    for (let left = size - 1; left > 0; left -= 50_000)
      if (!body.write(Buffer.alloc(Math.min(50_000, left), 'x'))) await Promise.race([once(body, 'drain'), turn()])
    body.end()
    return come
  })()
  assert.equal((await textOf(answer)).length, size)
})
