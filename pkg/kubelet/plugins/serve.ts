/** Serves gRPC services on a unix socket of the node's: where plugins register, and where agents ask. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServiceDefinition } from '@grpc/proto-loader'

/** gRPC's code and words for the caller. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: number
  constructor(code: number, details: string) {
    super(details)
    this.code = code
  }
}

export type Answer = (request: any) => unknown
/** Sends until its signal aborts, which it does when the caller goes. */
export type StreamAnswer = (send: (message: object) => void, signal: AbortSignal) => void

export interface SocketServer {
  close(): void
}

export interface Methods {
  readonly unary: Readonly<Record<string, Answer>>
  readonly stream?: Readonly<Record<string, StreamAnswer>>
}

/** A method that is not there is answered with Unimplemented. */
export async function serveSocket(socket: string, service: ServiceDefinition, { unary, stream = {} }: Methods): Promise<SocketServer> {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o750 })
  rmSync(socket, { force: true })
  const server = new Server()
  const answers = Object.entries(unary).map(([name, answer]) => [
    name,
    (call: { request: unknown }, callback: (error: object | null, value?: unknown) => void) => {
      Promise.resolve()
        .then(() => answer(call.request))
        .then(
          (value) => callback(null, value ?? {}),
          (error) => callback({ code: error instanceof Refusal ? error.code : 2, details: (error as Error).message }),
        )
    },
  ])
  const streams = Object.entries(stream).map(([name, answer]) => [
    name,
    (call: { write(message: object): void; on(event: string, listener: () => void): void }) => {
      const gone = new AbortController()
      for (const event of ['cancelled', 'close', 'error']) call.on(event, () => gone.abort())
      answer((message) => call.write(message), gone.signal)
    },
  ])
  server.addService(service as never, Object.fromEntries([...answers, ...streams]) as never)
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
  )
  return {
    close() {
      server.forceShutdown()
      rmSync(socket, { force: true })
    },
  }
}
