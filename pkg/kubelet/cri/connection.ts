/** One gRPC channel to the runtime's unix socket. */
import { type Client as GrpcClient, credentials, type GrpcObject, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js'
import { buildServices } from './definition.ts'
import { CriError } from './errors.ts'
import { enums, imageMethods, messages, runtimeMethods } from './messages.ts'

export interface CriConnection {
  runtime<R>(method: keyof typeof runtimeMethods, request: object, timeoutMs?: number): Promise<R>
  image<R>(method: keyof typeof imageMethods, request: object, timeoutMs?: number): Promise<R>
  /** A server stream of containerd's own API, in the namespace "k8s.io". */
  containerdStream(method: 'Subscribe', request: object): NodeJS.ReadableStream & { cancel(): void }
  close(): void
}

/** As upstream's runtimeRequestTimeout; what may last longer gives its own. */
const defaultTimeoutMs = 120_000
const maxMessageBytes = 16 * 1024 * 1024

const services = buildServices({
  package: 'runtime.v1',
  messages,
  enums,
  services: { RuntimeService: runtimeMethods, ImageService: imageMethods },
})
const containerdServices = buildServices({
  package: 'containerd.services.events.v1',
  messages: {
    SubscribeRequest: 'filters:string[]=1',
    Timestamp: 'seconds:int64=1 nanos:int32=2',
    AnyEvent: 'typeUrl:string=1 value:bytes=2',
    Envelope: 'timestamp:Timestamp=1 namespace:string=2 topic:string=3 event:AnyEvent=4',
  },
  services: { Events: { Subscribe: ['SubscribeRequest', 'Envelope', 'stream'] } },
})

type Stub = GrpcClient & Record<string, (...args: unknown[]) => any>

export function connectCri(socket: string, requestTimeoutMs = defaultTimeoutMs): CriConnection {
  const address = socket.startsWith('unix:') ? socket : `unix:${socket}`
  const options = {
    'grpc.max_receive_message_length': maxMessageBytes,
    // A restarted runtime must be found again at once.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    // Unix sockets must not go by a proxy of the environment.
    'grpc.enable_http_proxy': 0,
    'grpc.default_authority': 'localhost',
  }
  const packages = loadPackageDefinition({ ...services, ...containerdServices }) as GrpcObject
  const make = (name: string): Stub => new (packages[name] as any)(address, credentials.createInsecure(), options)
  const runtimeStub = make('RuntimeService')
  const imageStub = make('ImageService')
  const eventsStub = make('Events')

  const call = <R>(stub: Stub, method: string, request: object, timeoutMs: number): Promise<R> =>
    new Promise((resolve, reject) => {
      stub[method]!(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error: ServiceError | null, response: R) => {
        if (error) reject(new CriError(error.code, error.details))
        else resolve(response)
      })
    })
  return {
    runtime: (method, request, timeoutMs = requestTimeoutMs) => call(runtimeStub, method, request, timeoutMs),
    image: (method, request, timeoutMs = requestTimeoutMs) => call(imageStub, method, request, timeoutMs),
    containerdStream(method, request) {
      const metadata = new Metadata()
      metadata.set('containerd-namespace', 'k8s.io')
      return eventsStub[method]!(request, metadata)
    },
    close() {
      for (const stub of [runtimeStub, imageStub, eventsStub]) stub.close()
    },
  }
}
