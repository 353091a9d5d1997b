/** The client's side of a SPDY connection: opens streams, sends and receives on them. There is no flow control, as in client-go's. */
import type { Duplex } from 'node:stream'
import { dataFrame, pingFrame, rstFrame, type SpdyFrame, SpdyReader, SpdyWriter } from './spdy-frames.ts'

export interface SpdyStream {
  /** False: wait for the session's `onDrain` before writing more. */
  write(data: Uint8Array): boolean
  /** No more will be written. */
  end(): void
  reset(): void
}

export interface SpdyStreamHandlers {
  onData?(data: Buffer): void
  /** The peer writes no more. */
  onEnd?(): void
}

interface OpenStream extends SpdyStreamHandlers {
  ended: boolean
}

const cancelStatus = 5

export class SpdySession {
  readonly #socket: Duplex
  readonly #writer = new SpdyWriter()
  readonly #reader = new SpdyReader()
  readonly #streams = new Map<number, OpenStream>()
  #nextId = 1
  #reading: Promise<void> = Promise.resolve()
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>

  constructor(socket: Duplex, head: Uint8Array = Buffer.alloc(0)) {
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    socket.on('error', () => socket.destroy())
    socket.on('close', () => void this.#reading.then(() => this.#finish(resolve)))
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    if (head.length > 0) this.#receive(Buffer.from(head))
  }

  /** Opens a stream; frames go out in the order of the calls. */
  async open(headers: Readonly<Record<string, string>>, handlers: SpdyStreamHandlers): Promise<SpdyStream> {
    const id = this.#nextId
    this.#nextId += 2
    this.#streams.set(id, { ...handlers, ended: false })
    this.#socket.write(await this.#writer.synStream(id, headers))
    return {
      write: (data) => this.#socket.write(dataFrame(id, data)),
      end: () => void (this.#socket.writable && this.#socket.write(dataFrame(id, Buffer.alloc(0), true))),
      reset: () => void (this.#socket.writable && this.#socket.write(rstFrame(id, cancelStatus))),
    }
  }

  onDrain(callback: () => void): void {
    this.#socket.on('drain', callback)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#reading = this.#reading
      .then(async () => {
        for (const frame of await this.#reader.read(chunk)) this.#handle(frame)
      })
      .catch(() => void this.#socket.destroy())
  }

  #handle(frame: SpdyFrame): void {
    switch (frame.type) {
      case 'data': {
        const stream = this.#streams.get(frame.streamId)
        if (frame.data.length > 0) stream?.onData?.(frame.data)
        if (frame.fin) this.#end(stream)
        return
      }
      case 'syn-reply':
        if (frame.fin) this.#end(this.#streams.get(frame.streamId))
        return
      case 'rst-stream':
        this.#end(this.#streams.get(frame.streamId))
        return
      case 'ping':
        // Ours are odd; the peer's are answered as they came.
        if (frame.id % 2 === 0) this.#socket.write(pingFrame(frame.id))
        return
      case 'goaway':
      case 'syn-stream':
      case 'other':
    }
  }

  #end(stream: OpenStream | undefined): void {
    if (!stream || stream.ended) return
    stream.ended = true
    stream.onEnd?.()
  }

  #finish(resolve: () => void): void {
    for (const stream of this.#streams.values()) this.#end(stream)
    this.#writer.close()
    this.#reader.close()
    resolve()
  }
}
