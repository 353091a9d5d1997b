/** Who takes a connection is decided by its first bytes, which are then given back to it. */
import type { Server, Socket } from 'node:net'

/** What to do with a connection by its first bytes: nothing while more of them are needed. */
export type Decide = (bytes: Buffer) => ((socket: Socket) => void) | undefined

/**
 * Stands before a server's own listener, which takes each connection that `decide` gives to it. A client that does not send enough within
 * `patienceMs` is cut off. `isNeeded` false: connections go to the server untouched.
 */
export function decideByFirstBytes(server: Server, { isNeeded, decide, patienceMs }: { isNeeded: () => boolean; decide: Decide; patienceMs: number }): void {
  const own = server.listeners('connection') as ((socket: Socket) => void)[]
  const proceed = (socket: Socket) => {
    for (const each of own) each.call(server, socket)
  }
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => (isNeeded() ? listen(socket, decide, proceed, patienceMs) : proceed(socket)))
}

/** Given to the server itself. */
export const toServer: (socket: Socket) => void = () => {}

function listen(socket: Socket, decide: Decide, proceed: (socket: Socket) => void, patienceMs: number): void {
  let seen: Buffer = Buffer.alloc(0)
  const gone = () => socket.destroy()
  socket.setTimeout(patienceMs, gone)
  socket.on('error', gone)
  const look = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const decided = decide(seen)
    if (!decided) return
    socket.off('data', look)
    socket.off('error', gone)
    socket.off('end', gone)
    socket.setTimeout(0)
    socket.off('timeout', gone)
    socket.pause()
    socket.unshift(seen)
    if (decided !== toServer) return decided(socket)
    proceed(socket)
    // HTTP/1.1 waits for what a socket says; TLS and HTTP/2 take what is there.
    if (socket.listenerCount('data') > 0) socket.resume()
  }
  socket.on('data', look)
  socket.on('end', gone)
}
