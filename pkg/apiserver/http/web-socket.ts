/**
 * A streamed answer as the messages of a WebSocket, for who cannot read a stream otherwise (browsers). Upstream:
 * `wsstream.Reader` for bytes, `WatchServer.HandleWS` for events.
 */
import { WebSocket, WebSocketServer } from 'ws'
import type { ApiRequest, ApiResponse, UpgradeSocket } from '../types.ts'

/** Clients have nothing to say here; what they send all the same is read and forgotten, up to so much at once. */
const maxReceivedBytes = 1 << 20
/** What waits for a slow client before its stream has to wait too. */
const highWaterBytes = 256 * 1024
/** A client that does not answer our close is cut off. */
const closeTimeoutMs = 5_000

const normalClosure = 1000

const options = { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maxReceivedBytes, closeTimeout: closeTimeoutMs }

export interface MessageStream {
  readonly body: AsyncIterable<Uint8Array | string>
  /** `text` and `binary`: each block is a message. `bytes`: blocks of one stream, after an empty message that tells of its beginning. */
  readonly messages: NonNullable<ApiResponse['messages']>
  /** The subprotocol that is answered; undefined for none. */
  readonly protocol: string | undefined
  /** Bytes go as base64, in text. */
  readonly base64: boolean
}

/** Upstream's `wsstream.IsWebSocketRequest`. */
export function isWebSocketRequest({ upgrade, headers }: Pick<ApiRequest, 'upgrade' | 'headers'>): boolean {
  return upgrade !== undefined && headers.upgrade?.toLowerCase() === 'websocket' && (headers.connection ?? '').toLowerCase().includes('upgrade')
}

/**
 * Switches protocols and sends the stream, at the client's pace, until it ends or the client goes; then the connection is
 * closed. Gives why not when the handshake is none. Whoever made the stream ends it by the request's signal.
 */
export function sendMessages({ request, socket, head }: UpgradeSocket, stream: MessageStream): Error | undefined {
  const server = new WebSocketServer({ ...options, handleProtocols: () => stream.protocol ?? false })
  let refusal: Error | undefined = new Error('the client is gone')
  server.on('wsClientError', (error) => (refusal = error))
  server.handleUpgrade(request, socket, Buffer.from(head), (webSocket) => {
    refusal = undefined
    // What clients do wrong closes their connection; there is nobody to tell.
    webSocket.on('error', () => {})
    void pump(webSocket, stream)
  })
  return refusal
}

async function pump(webSocket: WebSocket, { body, messages, base64 }: MessageStream): Promise<void> {
  try {
    if (messages === 'bytes') await send(webSocket, '', !base64)
    for await (const block of body) {
      if (webSocket.readyState !== WebSocket.OPEN) break
      await send(webSocket, base64 ? Buffer.from(block as Uint8Array).toString('base64') : block, messages !== 'text' && !base64)
    }
  } catch {
    // The stream broke off: its reader sees it end, as upstream's does.
  } finally {
    webSocket.close(normalClosure)
  }
}

/** Resolves when more may be sent, or nothing can be any more. */
function send(webSocket: WebSocket, data: Uint8Array | string, binary: boolean): Promise<void> {
  return new Promise((resolve) => {
    webSocket.send(data, { binary }, () => resolve())
    if (webSocket.bufferedAmount < highWaterBytes) resolve()
  })
}
