import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { dataFrame, pingFrame, type SpdyFrame, SpdyReader, SpdyWriter } from './spdy-frames.ts'
import { SpdySession } from './spdy-session.ts'

/** Two ends of one connection in memory. */
function connection(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk)
        done()
      },
      final(done) {
        other().push(null)
        done()
      },
    })
  ends.push(
    make(() => ends[1]!),
    make(() => ends[0]!),
  )
  return [ends[0]!, ends[1]!]
}

test('frames survive being written and read, however the bytes are cut', async () => {
  const writer = new SpdyWriter()
  const bytes = Buffer.concat([
    await writer.synStream(1, { streamtype: 'error' }),
    await writer.synStream(3, { streamtype: 'data', port: '8080' }),
    dataFrame(3, Buffer.from('hello')),
    pingFrame(2),
    dataFrame(3, Buffer.alloc(0), true),
  ])
  const reader = new SpdyReader()
  const frames: SpdyFrame[] = []
  for (const byte of bytes) frames.push(...(await reader.read(Buffer.from([byte]))))
  assert.deepEqual(frames, [
    { type: 'syn-stream', streamId: 1, fin: false, headers: { streamtype: 'error' } },
    { type: 'syn-stream', streamId: 3, fin: false, headers: { streamtype: 'data', port: '8080' } },
    { type: 'data', streamId: 3, fin: false, data: Buffer.from('hello') },
    { type: 'ping', id: 2 },
    { type: 'data', streamId: 3, fin: true, data: Buffer.alloc(0) },
  ])
  writer.close()
  reader.close()
})

test('a frame that claims to be huge ends the reading', async () => {
  await assert.rejects(new SpdyReader().read(Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])), /too large/)
})

test('a session hands each stream its data and its end, answers pings, and ends its streams with the connection', async () => {
  const [near, far] = connection()
  const session = new SpdySession(near)
  const seen: string[] = []
  const stream = await session.open({ streamtype: 'stdout' }, { onData: (data) => seen.push(data.toString()), onEnd: () => seen.push('end') })
  await session.open({ streamtype: 'stderr' }, { onEnd: () => seen.push('stderr end') })
  stream.write(Buffer.from('typed'))
  stream.end()
  const reader = new SpdyReader()
  const received: SpdyFrame[] = []
  const { promise: ponged, resolve: onPong } = Promise.withResolvers<void>()
  let reading = Promise.resolve()
  far.on('data', (chunk: Buffer) => {
    reading = reading.then(async () => {
      received.push(...(await reader.read(chunk)))
      if (received.at(-1)?.type === 'ping') onPong()
    })
  })
  far.write(dataFrame(1, Buffer.from('out')))
  far.write(dataFrame(1, Buffer.alloc(0), true))
  far.write(pingFrame(4))
  await ponged
  assert.deepEqual(
    received.map((frame) => frame.type),
    ['syn-stream', 'syn-stream', 'data', 'data', 'ping'],
  )
  far.end()
  far.destroy()
  near.destroy()
  await session.closed
  assert.deepEqual(seen, ['out', 'end', 'stderr end'])
})
