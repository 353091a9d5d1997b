/** Contracts between the proxy and those who speak to endpoints. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { BackendProtocol, LocationOptions } from '../types.ts'
import type { UpstreamTls } from './tls.ts'

export interface UpstreamRequest {
  readonly method: string
  readonly target: string
  readonly headers: OutgoingHttpHeaders
  readonly options: Pick<LocationOptions, 'connectTimeoutMs' | 'readTimeoutMs'> & { readonly backendProtocol: Exclude<BackendProtocol, 'AUTO_HTTP'> }
  /** For HTTPS and GRPCS; nothing: nobody's certificate is checked. */
  readonly tls?: UpstreamTls
}

/** How far a failed attempt got, by which it may be made again elsewhere or not. */
export class UpstreamError extends Error {
  /** Nothing was sent: certain not to have been processed. */
  readonly untouched: boolean
  readonly timedOut: boolean

  constructor(message: string, { untouched, timedOut = false, cause }: { untouched: boolean; timedOut?: boolean; cause?: unknown }) {
    super(message, { cause })
    this.untouched = untouched
    this.timedOut = timedOut
  }
}

export interface UpstreamResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** The whole body, where it was there at once; then `body` need not be looked at. */
  readonly whole?: Buffer | undefined
  /** Those that came behind the body, once it has ended. */
  trailers(): IncomingHttpHeaders
}

export type UpstreamAnswer =
  | { readonly kind: 'response'; readonly response: UpstreamResponse }
  | { readonly kind: 'upgrade'; readonly headers: IncomingHttpHeaders; readonly socket: Duplex; readonly head: Buffer }
