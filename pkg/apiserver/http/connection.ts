/** What both protocols need of a listener: the chain, the time, and the requests that must end with it. */
import type { Writable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { unauthorized } from '#apimachinery/status-error.ts'
import { isLongRunning } from '../request-info.ts'
import { errorResponse } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

export interface Edge {
  readonly handler: Handler
  readonly clock: Clock
  readonly log: Logger
  /** Those under way. */
  readonly running: Set<Running>
  /** The end was announced: answers end their connections. */
  closing: boolean
}

export interface Running {
  readonly controller: AbortController
  request?: ApiRequest
}

/** Watches and streams, which last as long as they may: they end with the listener, while the others are waited for. */
export function isLasting({ request }: Running): boolean {
  return request !== undefined && (request.upgrade !== undefined || isLongRunning(request.context.info))
}

/** DER of the certificate that the client proved; "refused" when it showed one that the CA did not sign. */
export function certificateOf(socket: TLSSocket): Uint8Array | 'refused' | undefined {
  // Asked at each request of a connection, while Node reads the certificate anew each time.
  if (!certificates.has(socket)) certificates.set(socket, readCertificate(socket))
  return certificates.get(socket)
}

const certificates = new WeakMap<TLSSocket, Uint8Array | 'refused' | undefined>()

function readCertificate(socket: TLSSocket): Uint8Array | 'refused' | undefined {
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
  if (!raw) return undefined
  return socket.authorized ? raw : 'refused'
}

export async function answer(edge: Edge, request: ApiRequest, certificate: Uint8Array | 'refused' | undefined): Promise<ApiResponse> {
  if (certificate === 'refused' && request.headers.authorization === undefined) return errorResponse(unauthorized())
  return edge.handler(request)
}

/** Why a request ends early. Made once: an error made for each, with its stack, would cost as much as a short answer. */
export const clientGone = new DOMException('The client went away', 'AbortError')

/** How long who is only slow may take for what is on its way, when all else is over. */
export const lastBlocksMs = 30_000

/** Cuts the answer off when its time is up, or when its watch has long been over. */
export function sendInTime({ clock }: Edge, { sendBeforeMs, onEnd }: ApiResponse, stream: Writable, cut: () => void): void {
  if (stream.destroyed || (sendBeforeMs === undefined && onEnd === undefined)) return
  let timer = sendBeforeMs === undefined ? undefined : clock.after(Math.max(0, sendBeforeMs - clock.now()), cut)
  let isTaken = false
  onEnd?.(() => {
    if (!isTaken) timer ??= clock.after(lastBlocksMs, cut)
  })
  stream.once('close', () => {
    isTaken = true
    timer?.cancel()
  })
}
