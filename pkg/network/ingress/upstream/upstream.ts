/** Requests to endpoints: HTTP/1.1 with TLS or without, and gRPC's HTTP/2. */
import type { Readable } from 'node:stream'
import type { Clock } from '#base/clock.ts'
import type { Endpoint } from '../types.ts'
import { Http1Upstream } from './http1.ts'
import { Http2Upstream } from './http2.ts'
import type { UpstreamAnswer, UpstreamRequest } from './types.ts'

export class Upstream {
  readonly #http1: Http1Upstream
  readonly #http2 = new Http2Upstream()

  constructor(clock: Clock) {
    this.#http1 = new Http1Upstream(clock)
  }

  /** Resolves with the head of the answer. `body` is read only once there is a connection; null for none. `onCancel` is told how to give up. */
  send(endpoint: Endpoint, request: UpstreamRequest, body: Readable | Buffer | null, onCancel: (cancel: () => void) => void): Promise<UpstreamAnswer> {
    const protocol = request.options.backendProtocol
    return (protocol === 'GRPC' || protocol === 'GRPCS' ? this.#http2 : this.#http1).send(endpoint, request, body, onCancel)
  }

  close(): void {
    this.#http1.close()
    this.#http2.close()
  }
}
