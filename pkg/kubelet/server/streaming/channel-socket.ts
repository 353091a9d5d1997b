/** A WebSocket that carries numbered channels. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { type ChannelProtocol, channelProtocols, channels, plainProtocol, tunnelProtocol } from './protocols.ts'

/** Clients send what a person types or a file holds; a message beyond this is not one of theirs. */
const maxMessageBytes = 4 << 20
const highWaterBytes = 1 << 20

/** Accepts the upgrade with the first subprotocol of ours that the client offers. `allowTunnel`: port-forward's SPDY inside WebSocket too. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, { allowTunnel = false } = {}): Promise<WebSocket> {
  const known = [...(allowTunnel ? [tunnelProtocol] : []), ...channelProtocols.map(({ name }) => name)]
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => known.find((name) => offered.has(name)) ?? false,
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', reject)
      resolve(webSocket)
    })
  })
}

export interface ChannelEvents {
  onData(channel: number, data: Buffer): void
  /** The client said that it sends no more on this channel (version 5). */
  onChannelClosed(channel: number): void
  onClosed(): void
}

export class ChannelSocket {
  readonly protocol: ChannelProtocol
  readonly #webSocket: WebSocket

  constructor(webSocket: WebSocket, events: ChannelEvents) {
    this.#webSocket = webSocket
    this.protocol = channelProtocols.find(({ name }) => name === webSocket.protocol) ?? plainProtocol
    webSocket.on('message', (data: RawData) => this.#receive(toBuffer(data), events))
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('close', () => events.onClosed())
  }

  /** Resolves false-y soon or late: true when more may be sent at once. */
  send(channel: number, data: Uint8Array): boolean {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return true
    if (this.protocol.base64) this.#webSocket.send(`${channel}${Buffer.from(data).toString('base64')}`)
    else this.#webSocket.send(Buffer.concat([Buffer.from([channel]), data]), { binary: true })
    return this.#webSocket.bufferedAmount < highWaterBytes
  }

  /** Calls back once what is buffered has gone down. */
  whenDrained(callback: () => void): void {
    const look = (): void => {
      if (this.#webSocket.bufferedAmount < highWaterBytes / 2 || this.#webSocket.readyState !== WebSocket.OPEN) callback()
      else setTimeout(look, 10)
    }
    look()
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  close(code = 1000, reason = ''): void {
    this.#webSocket.close(code, reason.slice(0, 120))
  }

  #receive(message: Buffer, events: ChannelEvents): void {
    if (message.length === 0) return
    if (this.protocol.base64) {
      events.onData(message[0]! - 0x30, Buffer.from(message.toString('latin1', 1), 'base64'))
      return
    }
    const channel = message[0]!
    if (channel === channels.close && this.protocol.closeSignal) {
      if (message.length === 2) events.onChannelClosed(message[1]!)
      return
    }
    events.onData(channel, message.subarray(1))
  }
}

export function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
