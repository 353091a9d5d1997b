/** A gRPC channel to a plugin's unix socket: any service that a table of messages describes. */
import { type Client as GrpcClient, credentials, type GrpcObject, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { ServiceDefinition } from '@grpc/proto-loader'

/** A plugin's refusal, with gRPC's code and the plugin's own words. */
export class PluginError extends Error {
  override readonly name = 'PluginError'
  readonly code: number
  readonly details: string
  constructor(code: number, details: string) {
    super(`rpc error: code = ${codeNames[code] ?? code} desc = ${details}`)
    this.code = code
    this.details = details
  }
}

const codeNames: Readonly<Record<number, string>> = {
  1: 'Canceled',
  2: 'Unknown',
  3: 'InvalidArgument',
  4: 'DeadlineExceeded',
  5: 'NotFound',
  6: 'AlreadyExists',
  7: 'PermissionDenied',
  8: 'ResourceExhausted',
  9: 'FailedPrecondition',
  10: 'Aborted',
  11: 'OutOfRange',
  12: 'Unimplemented',
  13: 'Internal',
  14: 'Unavailable',
}

export interface PluginChannel {
  call<Answer>(service: string, method: string, request: object, timeoutMs?: number): Promise<Answer>
  /** Calls back with each message; resolves when the plugin ends the stream, rejects when it breaks. */
  stream<Message>(service: string, method: string, request: object, onMessage: (message: Message) => void, signal: AbortSignal): Promise<void>
  close(): void
}

type Stub = GrpcClient & Record<string, (...args: unknown[]) => any>

const defaultTimeoutMs = 10_000

export function openPlugin(socket: string, services: Readonly<Record<string, ServiceDefinition>>): PluginChannel {
  const packages = loadPackageDefinition({ ...services }) as GrpcObject
  const options = { 'grpc.enable_http_proxy': 0, 'grpc.default_authority': 'localhost', 'grpc.max_reconnect_backoff_ms': 1000 }
  const stubs = new Map<string, Stub>()
  const stubOf = (name: string): Stub => {
    const known = stubs.get(name)
    if (known) return known
    const stub: Stub = new (packages[name] as any)(`unix:${socket}`, credentials.createInsecure(), options)
    stubs.set(name, stub)
    return stub
  }
  return {
    call: (service, method, request, timeoutMs = defaultTimeoutMs) =>
      new Promise((resolve, reject) => {
        stubOf(service)[method]!(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error: ServiceError | null, answer: never) => {
          if (error) reject(new PluginError(error.code, error.details))
          else resolve(answer)
        })
      }),
    stream: (service, method, request, onMessage, signal) =>
      new Promise((resolve, reject) => {
        const call = stubOf(service)[method]!(request)
        const stop = () => call.cancel()
        signal.addEventListener('abort', stop, { once: true })
        const end = (settle: () => void) => {
          signal.removeEventListener('abort', stop)
          settle()
        }
        call.on('data', onMessage)
        call.on('end', () => end(resolve))
        call.on('error', (error: ServiceError) => end(() => (signal.aborted ? resolve() : reject(new PluginError(error.code, error.details)))))
      }),
    close() {
      for (const stub of stubs.values()) stub.close()
      stubs.clear()
    },
  }
}
