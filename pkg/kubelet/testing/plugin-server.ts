/** Serves a plugin's gRPC services on a unix socket, and its registration beside them. For tests only. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServiceDefinition } from '@grpc/proto-loader'
import { registrationServices } from '../plugins/messages.ts'

/** gRPC's code and words for the caller. */
export class Refusal extends Error {
  readonly code: number
  constructor(code: number, details: string) {
    super(details)
    this.code = code
  }
}

type Answer = (request: any) => unknown

export interface PluginServer {
  close(): void
}

/** Methods by name; a method that is not there is answered with Unimplemented. */
export async function servePlugin(socket: string, service: ServiceDefinition, methods: Readonly<Record<string, Answer>>): Promise<PluginServer> {
  mkdirSync(dirname(socket), { recursive: true })
  rmSync(socket, { force: true })
  const server = new Server()
  const implementation = Object.fromEntries(
    Object.entries(methods).map(([name, answer]) => [
      name,
      (call: { request: unknown }, callback: (error: object | null, value?: unknown) => void) => {
        Promise.resolve()
          .then(() => answer(call.request))
          .then(
            (value) => callback(null, value ?? {}),
            (error) => callback({ code: (error as Refusal).code ?? 2, details: (error as Error).message }),
          )
      },
    ]),
  )
  server.addService(service as never, implementation as never)
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

export interface Registration {
  readonly type: string
  readonly name: string
  readonly endpoint: string
  readonly versions: readonly string[]
  readonly onStatus?: (status: { plugin_registered: boolean; error: string }) => void
}

export function serveRegistration(socket: string, { type, name, endpoint, versions, onStatus }: Registration): Promise<PluginServer> {
  return servePlugin(socket, registrationServices.Registration!, {
    GetInfo: () => ({ type, name, endpoint, supported_versions: versions }),
    NotifyRegistrationStatus: (status) => {
      onStatus?.(status)
      return {}
    },
  })
}
