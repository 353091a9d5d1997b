/** SPDY clients speak with the container runtime itself: the kubelet hands bytes on. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { dialUpgrade } from './dial-upgrade.ts'

/** Repeats the client's upgrade to the runtime, answers with the runtime's choice of protocol, and pipes. */
export async function passSpdyThrough(request: IncomingMessage, client: Duplex, head: Buffer, url: string): Promise<void> {
  const protocols = (request.headersDistinct['x-stream-protocol-version'] ?? []).flatMap((each) => each.split(/\s*,\s*/))
  const backend = await dialUpgrade(url, { upgrade: 'SPDY/3.1', ...(protocols.length > 0 ? { 'x-stream-protocol-version': protocols } : {}) })
  const chosen = backend.headers['x-stream-protocol-version']
  const protocolHeader = chosen === undefined ? '' : `X-Stream-Protocol-Version: ${chosen}\r\n`
  client.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${protocolHeader}\r\n`)
  if (backend.head.length > 0) client.write(backend.head)
  if (head.length > 0) backend.socket.write(head)
  await pipeBoth(client, backend.socket)
}

/** Until both have ended; an error of one ends the other. */
export function pipeBoth(a: Duplex, b: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended = (): void => {
    a.destroy()
    b.destroy()
    resolve()
  }
  a.on('error', ended)
  b.on('error', ended)
  a.on('close', ended)
  b.on('close', ended)
  a.pipe(b)
  b.pipe(a)
  return promise
}
