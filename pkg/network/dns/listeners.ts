/** The sockets of the DNS server: UDP, and TCP with its two bytes of length before each message. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { Resolver } from './resolver.ts'

const idleMs = 10_000
const connectionLimit = 256
const pipelineLimit = 100

export async function listenUdp(resolver: Resolver, address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, resolve)
  })
  socket.removeAllListeners('error')
  socket.on('error', () => {})
  const family = familyOf(address)
  socket.on('message', (query, from) => {
    const response = resolver.resolve(query, 'udp', family)
    if (response instanceof Promise) response.then((bytes) => socket.send(bytes, from.port, from.address, ignore)).catch(ignore)
    else if (response) socket.send(response, from.port, from.address, ignore)
  })
  return socket
}

export async function listenTcp(resolver: Resolver, address: string, port: number): Promise<Server> {
  const server = createServer((socket) => serve(socket, resolver, familyOf(address)))
  server.maxConnections = connectionLimit
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  return server
}

function serve(socket: Socket, resolver: Resolver, family: 4 | 6): void {
  let received: Buffer = Buffer.alloc(0)
  let under = 0
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  const reply = (response: Buffer) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(response.length, 0)
    if (!socket.destroyed) socket.write(Buffer.concat([length, response]))
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
      const length = received.readUInt16BE(0)
      const query = received.subarray(2, length + 2)
      received = received.subarray(length + 2)
      const response = resolver.resolve(query, 'tcp', family)
      if (response === undefined || under >= pipelineLimit) {
        socket.destroy()
        return
      }
      if (response instanceof Promise) {
        under++
        response.then(reply, ignore).finally(() => under--)
      } else reply(response)
    }
  })
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

function ignore(): void {}
