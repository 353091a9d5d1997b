import assert from 'node:assert/strict'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createKeepAliveTransport } from './keep-alive-transport.ts'
import type { Transport } from './types.ts'

/** A server that answers each request with bytes as they are given; what it was asked, and by how many connections. */
async function serve(t: TestContext, answer: (request: string, socket: Socket, connection: number) => void) {
  const asked: string[] = []
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const connection = connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      asked.push(chunk.toString())
      answer(chunk.toString(), socket, connection)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createKeepAliveTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, token: 'secret' })
  t.after(() => {
    transport.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { transport, asked, connections: () => connections }
}

const get = (transport: Transport, path = '/x') => transport.request({ method: 'GET', path })
const text = async (transport: Transport, path?: string) => (await get(transport, path)).text()

test('A request has its head and body in one piece, and the next goes over the same connection', async (t) => {
  const { transport, asked, connections } = await serve(t, (_, socket) =>
    socket.write('HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-One: a\r\nx-one: b\r\n\r\nok'),
  )
  const answer = await transport.request({ method: 'POST', path: '/pods?a=b', headers: { accept: 'application/json' }, body: '{"ä":1}' })
  assert.deepEqual([answer.status, answer.headers, await answer.text()], [201, { 'content-length': '2', 'x-one': 'a, b' }, 'ok'])
  assert.equal(await text(transport), 'ok')
  const host = /host: (\S+)/.exec(asked[0]!)![1]
  assert.equal(
    asked[0],
    `POST /base/pods?a=b HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer secret\r\naccept: application/json\r\ncontent-length: 8\r\n\r\n{"ä":1}`,
  )
  assert.equal(connections(), 1)
})

test('Two at once have a connection each', async (t) => {
  const { transport, connections } = await serve(t, (_, socket) => setImmediate(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\ny')))
  assert.deepEqual(await Promise.all([text(transport), text(transport)]), ['y', 'y'])
  assert.equal(connections(), 2)
  assert.deepEqual(await Promise.all([text(transport), text(transport)]), ['y', 'y'])
  assert.equal(connections(), 2)
})

for (const [title, answer, expected] of [
  [
    'chunks, with an extension and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n',
    'abc0123456789',
  ],
  ['an interim answer before', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc', 'abc'],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['a length of nothing', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
] as const) {
  test(`An answer is read however the network cuts it: ${title}`, async (t) => {
    const { transport, connections } = await serve(t, (request, socket) => {
      const step = Number(/\/(\d+) /.exec(request)![1])
      const pieces = Array.from({ length: Math.ceil(answer.length / step) }, (_, at) => answer.slice(at * step, (at + 1) * step))
      const send = (): void => {
        const piece = pieces.shift()
        if (piece !== undefined) socket.write(piece, () => setImmediate(send))
      }
      send()
    })
    for (const step of [1, 2, 7, 1000]) assert.equal(await text(transport, `/${step}`), expected)
    assert.equal(connections(), 1)
  })
}

test('A body without a length lasts until the connection ends, which is not used again', async (t) => {
  const { transport, connections } = await serve(t, (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))
  assert.equal(await text(transport), 'all of it')
  assert.equal(await text(transport), 'all of it')
  assert.equal(connections(), 2)
})

test('HEAD has no body, whatever its length', async (t) => {
  const { transport } = await serve(t, (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'))
  assert.equal(await (await transport.request({ method: 'HEAD', path: '/x' })).text(), '')
})

test('A connection that the server closes after its answer is not used again', async (t) => {
  const { transport, connections } = await serve(t, (_, socket) => socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 1\r\n\r\ny'))
  assert.equal(await text(transport), 'y')
  assert.equal(await text(transport), 'y')
  assert.equal(connections(), 2)
})

for (const [title, answer, error] of [
  ['no HTTP', 'SSH-2.0\r\n\r\n', /no HTTP answer/],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: 2, 3\r\n\r\nok', /no length: 2, 3/],
  ['another transfer encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\nok', /a transfer encoding that was not asked for/],
  [
    'a chunk that is longer than it says',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n',
    /a line between two chunks does not end|longer than it says/,
  ],
  ['a connection cut within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok', /socket hang up/],
] as const) {
  test(`A bad answer is an error and ends its connection: ${title}`, async (t) => {
    const { transport } = await serve(t, (_, socket) => socket.end(answer))
    await assert.rejects(async () => (await transport.request({ method: 'POST', path: '/x', body: '' })).text(), error)
  })
}

test('What is read may be asked again when a kept connection turns out closed; a write may not', async (t) => {
  const { transport, asked } = await serve(t, (request, socket, connection) => {
    // The first connection answers once and is reset at its second request.
    if (connection === 0 && request.includes('/again')) socket.resetAndDestroy()
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\ny')
  })
  await text(transport)
  assert.equal(await text(transport, '/again'), 'y')
  assert.equal(asked.length, 3)
  const other = await serve(t, (_, socket) =>
    other.asked.length === 1 ? socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\ny') : socket.resetAndDestroy(),
  )
  await text(other.transport)
  await assert.rejects(other.transport.request({ method: 'POST', path: '/x', body: '{}' }), { code: 'ECONNRESET' })
  assert.equal(other.asked.length, 2)
})

test('A stream comes as it is sent, ends with its signal, and takes its connection along', async (t) => {
  let closed: (() => void) | undefined
  const gone = new Promise<void>((resolve) => (closed = resolve))
  const { transport } = await serve(t, (_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n')
    socket.on('close', () => closed!())
  })
  const abort = new AbortController()
  const answer = await transport.request({ method: 'GET', path: '/watch', signal: abort.signal })
  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const part of answer.stream()) {
      seen.push(Buffer.from(part).toString())
      abort.abort()
    }
  })
  assert.deepEqual(seen, ['one\n'])
  await gone
  await assert.rejects(transport.request({ method: 'GET', path: '/watch', signal: abort.signal }))
})

test('A reader that stops reading ends the answer, and one that is slow loses nothing of a long one', async (t) => {
  const long = 'x'.repeat(8 << 20)
  const listener: RequestListener = (request, response) => {
    if (request.url === '/endless') response.write('1')
    else response.end(long)
  }
  const server = createHttpServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createKeepAliveTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  t.after(() => {
    transport.close()
    server.closeAllConnections()
    server.close()
  })
  for await (const _ of (await get(transport, '/endless')).stream()) break
  const answer = await get(transport, '/long')
  let length = 0
  for await (const part of answer.stream()) {
    length += part.length
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
  assert.equal(length, long.length)
  assert.equal((await text(transport, '/long')).length, long.length)
})

test('A hundred requests wait for answers at a time, and a stream that has begun is none of them', async (t) => {
  const held: Socket[] = []
  const { transport, connections } = await serve(t, (request, socket) => {
    if (request.includes('/watch')) socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    else held.push(socket)
  })
  await get(transport, '/watch')
  const answers = Array.from({ length: 150 }, () => text(transport))
  while (held.length < 100) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(connections(), 101)
  let answered = 0
  while (answered < 150) {
    const socket = held.shift()
    if (socket) {
      answered++
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\ny')
    } else await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await Promise.all(answers)).length, 150)
  assert.equal(connections(), 101)
})

test('What would break a head is refused before it is sent', async (t) => {
  const { transport, asked } = await serve(t, () => {})
  await assert.rejects(get(transport, '/a b'), TypeError)
  await assert.rejects(transport.request({ method: 'GET', path: '/', headers: { a: 'b\r\nc: d' } }), TypeError)
  assert.deepEqual(asked, [])
})

test('After its close, and when nobody listens, a request fails', async (t) => {
  const { transport } = await serve(t, () => {})
  const waiting = get(transport)
  transport.close()
  await assert.rejects(waiting, /the client is closed/)
  await assert.rejects(get(transport), /the client is closed/)
  await assert.rejects(get(createKeepAliveTransport({ server: 'http://127.0.0.1:1' })), { code: 'ECONNREFUSED' })
})
