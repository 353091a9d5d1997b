import { type ChannelCredentials, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { StorageFullError, StoreFailedError, StoreUnavailableError } from '../../types.ts'
import { services, type WatchResponse } from './protocol.ts'

export interface EtcdTls {
  /** PEM. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export type Call = <T>(service: 'KV' | 'Lease', method: string, request: object) => Promise<T>
export type WatchStream = ClientDuplexStream<object, WatchResponse>

export interface EtcdConnection {
  readonly call: Call
  watch(): WatchStream
  close(): void
}

const callTimeoutMs = 10_000
/** Beyond one page of a range, and one fragment of a watch. */
const maxMessageBytes = 64 << 20

/** One channel to all endpoints; it goes over to the next when one fails. `http://HOST:PORT` or `https://HOST:PORT` each. */
export async function connect(endpoints: readonly string[], tls: EtcdTls = {}): Promise<EtcdConnection> {
  if (endpoints.length === 0) throw new StoreFailedError('etcd: no endpoints')
  const urls = endpoints.map((endpoint) => new URL(endpoint))
  const secure = urls[0]!.protocol === 'https:'
  const { target, options } = await resolve(urls, secure)
  const channelCredentials: ChannelCredentials = secure ? credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert)) : credentials.createInsecure()
  const channelOptions = {
    ...options,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // So that a watch notices a server that went without a word.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
  }
  const clients = {
    KV: new services.KV(target, channelCredentials, channelOptions),
    Watch: new services.Watch(target, channelCredentials, channelOptions),
    Lease: new services.Lease(target, channelCredentials, channelOptions),
  }
  return {
    call: (service, method, request) =>
      new Promise((done, fail) => {
        const client = clients[service] as unknown as Record<string, Function>
        client[method]!(request, { deadline: Date.now() + callTimeoutMs }, (error: ServiceError | null, response: unknown) =>
          error ? fail(asStoreError(error)) : done(response as never),
        )
      }),
    watch: () => (clients.Watch as unknown as { Watch(): WatchStream }).Watch(),
    close() {
      for (const client of Object.values(clients)) client.close()
    },
  }
}

async function resolve(urls: readonly URL[], secure: boolean): Promise<{ target: string; options: Record<string, string> }> {
  const port = (url: URL) => url.port || '2379'
  if (urls.length === 1) return { target: `dns:${urls[0]!.host.includes(':') ? urls[0]!.host : `${urls[0]!.host}:${port(urls[0]!)}`}`, options: {} }
  const addresses = await Promise.all(
    urls.map(async (url) => {
      const host = url.hostname.replace(/^\[|\]$/g, '')
      const { address, family } = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host)
      return { family, text: family === 6 ? `[${address}]:${port(url)}` : `${address}:${port(url)}` }
    }),
  )
  const families = new Set(addresses.map((each) => each.family))
  if (families.size > 1) throw new StoreFailedError('etcd: endpoints must be all IPv4 or all IPv6')
  return {
    target: `${families.has(6) ? 'ipv6' : 'ipv4'}:${addresses.map((each) => each.text).join(',')}`,
    options: secure ? { 'grpc.ssl_target_name_override': urls[0]!.hostname } : {},
  }
}

function pem(content: string | undefined): Buffer | null {
  return content === undefined ? null : Buffer.from(content)
}

/** What etcd answers to a read or compaction at a revision that is gone, or not yet. */
export class RevisionOutOfRange extends Error {
  readonly compacted: boolean
  constructor(compacted: boolean) {
    super('required revision is out of range')
    this.compacted = compacted
  }
}

/** etcd's texts are part of its protocol: the code alone does not tell these apart. */
function asStoreError(error: ServiceError): Error {
  if (error.code === status.OUT_OF_RANGE) return new RevisionOutOfRange(error.details.includes('has been compacted'))
  if (error.code === status.RESOURCE_EXHAUSTED && error.details.includes('database space exceeded')) return new StorageFullError(error)
  if (error.code === status.INVALID_ARGUMENT || error.code === status.PERMISSION_DENIED || error.code === status.UNAUTHENTICATED) {
    return new StoreFailedError(error.details, error)
  }
  return new StoreUnavailableError(error)
}
