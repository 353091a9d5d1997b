/** The control protocol's wire: JSON lines over a unix socket. */
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ControlReply, ControlRequest } from './types.ts'

const maxLineBytes = 1 << 20

export function controlSocketPath(dataDir: string): string {
  return join(dataDir, 'control.sock')
}

/** Calls back for each JSON line; a line that is no JSON, or has no end, closes the socket. */
export function onJsonLines(socket: Socket, callback: (message: any) => void): void {
  let pending = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    pending += chunk
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end)
      pending = pending.slice(end + 1)
      try {
        callback(JSON.parse(line))
      } catch {
        socket.destroy()
        return
      }
    }
    if (pending.length > maxLineBytes) socket.destroy()
  })
}

export function send(socket: Socket, message: ControlRequest | ControlReply): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`)
}

/** Resolves with the connection, or undefined when nobody listens. */
export function connectControl(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = netConnect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

/** Asks the supervisor one thing; undefined when there is no supervisor. */
export async function askSupervisor(dataDir: string, request: ControlRequest): Promise<ControlReply | undefined> {
  const socket = await connectControl(controlSocketPath(dataDir))
  if (!socket) return undefined
  return new Promise((resolve) => {
    onJsonLines(socket, (reply: ControlReply) => {
      resolve(reply)
      socket.end()
    })
    socket.on('close', () => resolve(undefined))
    socket.on('error', () => resolve(undefined))
    send(socket, request)
  })
}

/**
 * Holds the right to be the one supervisor of a data directory: an abstract unix socket, which the kernel
 * takes away with its process. Resolves undefined when another holds it.
 */
export function holdSupervisorLock(dataDir: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(`\0k8ts-supervisor:${dataDir}`, () => {
      server.unref()
      resolve(server)
    })
  })
}
