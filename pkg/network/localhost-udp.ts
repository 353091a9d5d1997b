/** One UDP node port on localhost: each client gets a socket of its own towards the node, as long as it talks. */
import { createSocket, type Socket } from 'node:dgram'
import type { Clock } from '#base/clock.ts'

export interface UdpForwardOptions {
  readonly address: string
  readonly port: number
  /** The node to send to, looked up for each new client. */
  readonly target: () => string | undefined
  readonly clock: Clock
  readonly failed: (error: Error) => void
}

export interface UdpForward {
  close(): void
}

const clientLimit = 512
const idleMs = 60_000

export function forwardUdp({ address, port, target, clock, failed }: UdpForwardOptions): UdpForward {
  const clients = new Map<string, { socket: Socket; lastMs: number }>()
  const server = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  server.on('error', failed)
  server.on('message', (message, from) => {
    const key = `${from.address} ${from.port}`
    let client = clients.get(key)
    if (!client) {
      const host = target()
      if (host === undefined || clients.size >= clientLimit) return
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
      socket.on('error', () => {})
      socket.on('message', (answer) => server.send(answer, from.port, from.address, () => {}))
      socket.connect(port, host)
      client = { socket, lastMs: clock.now() }
      clients.set(key, client)
      socket.once('connect', () => socket.send(message, () => {}))
      return
    }
    client.lastMs = clock.now()
    try {
      client.socket.send(message, () => {})
    } catch {
      // Not connected yet: as if the packet were lost.
    }
  })
  server.bind(port, address)
  server.unref()
  const sweep = () => {
    for (const [key, client] of clients) {
      if (clock.now() - client.lastMs < idleMs) continue
      client.socket.close()
      clients.delete(key)
    }
    timer = clock.after(idleMs, sweep)
  }
  let timer = clock.after(idleMs, sweep)
  return {
    close() {
      timer.cancel()
      for (const { socket } of clients.values()) socket.close()
      clients.clear()
      try {
        server.close()
      } catch {
        // It never opened.
      }
    },
  }
}
