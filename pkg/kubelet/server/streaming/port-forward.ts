/** Port-forward for WebSocket clients: SPDY tunnelled in messages (kubectl 1.31 and later), or a pair of channels a port. */
import { WebSocket } from 'ws'
import { ChannelSocket, toBuffer } from './channel-socket.ts'
import { dialSpdy } from './dial-upgrade.ts'
import { spdyPortForwardProtocol } from './protocols.ts'
import { SpdySession, type SpdyStream } from './spdy-session.ts'

const highWaterBytes = 1 << 20

/** The client speaks SPDY inside binary messages: unwrap it and hand it to the runtime, and back. */
export async function tunnelPortForward(webSocket: WebSocket, url: string): Promise<void> {
  webSocket.pause()
  const { socket, head } = await dialSpdy(url, [spdyPortForwardProtocol])
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const forward = (chunk: Buffer): void => {
    if (webSocket.readyState !== WebSocket.OPEN) return
    webSocket.send(chunk, { binary: true }, () => {
      if (webSocket.bufferedAmount < highWaterBytes) socket.resume()
    })
    if (webSocket.bufferedAmount >= highWaterBytes) socket.pause()
  }
  webSocket.on('message', (data) => {
    if (!socket.write(toBuffer(data))) webSocket.pause()
  })
  socket.on('drain', () => webSocket.resume())
  webSocket.on('error', () => webSocket.terminate())
  webSocket.on('close', () => {
    socket.destroy()
    resolve()
  })
  socket.on('data', forward)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => webSocket.close(1000))
  if (head.length > 0) forward(head)
  webSocket.resume()
  return done
}

/** The ports that the query names, or undefined when it names none or a wrong one. */
export function queriedPorts(query: URLSearchParams): number[] | undefined {
  const ports = query
    .getAll('ports')
    .concat(query.getAll('port'))
    .flatMap((each) => each.split(','))
  const numbers = ports.map(Number)
  return numbers.length > 0 && numbers.every((port) => Number.isInteger(port) && port > 0 && port < 65536) ? numbers : undefined
}

/** Channel 2i carries the data of the i-th port, 2i+1 its error; each begins with the port in two bytes, little endian. */
export async function channelPortForward(webSocket: WebSocket, url: string, ports: readonly number[]): Promise<void> {
  webSocket.pause()
  const { socket, head } = await dialSpdy(url, [spdyPortForwardProtocol])
  const session = new SpdySession(socket, head)
  const data: SpdyStream[] = []
  // The error of a port may come after its data have ended.
  let open = ports.length * 2
  const onEnd = (): void => {
    open--
    if (open === 0) client.close()
  }
  const client = new ChannelSocket(webSocket, {
    onData(channel, bytes) {
      const stream = channel % 2 === 0 ? data[channel / 2] : undefined
      if (stream && bytes.length > 0 && !stream.write(bytes)) client.pause()
    },
    onChannelClosed(channel) {
      data[channel / 2]?.end()
    },
    onClosed: () => session.close(),
  })
  session.onDrain(() => client.resume())
  for (const [position, port] of ports.entries()) {
    const prefix = Buffer.alloc(2)
    prefix.writeUInt16LE(port)
    client.send(position * 2, prefix)
    client.send(position * 2 + 1, prefix)
    const headers = { port: String(port), requestid: String(position) }
    const error = await session.open({ ...headers, streamtype: 'error' }, { onData: (bytes) => void client.send(position * 2 + 1, bytes), onEnd })
    error.end()
    data.push(
      await session.open(
        { ...headers, streamtype: 'data' },
        {
          onData(bytes) {
            if (client.send(position * 2, bytes)) return
            session.pause()
            client.whenDrained(() => session.resume())
          },
          onEnd,
        },
      ),
    )
  }
  webSocket.resume()
  await session.closed
  client.close()
}
