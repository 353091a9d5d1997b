/** SPDY/3.1 frames to and from bytes (SPDY Protocol, Draft 3): what client-go's remote commands need of it. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { spdyDictionary } from './spdy-dictionary.ts'

export type SpdyFrame =
  | { readonly type: 'syn-stream'; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: 'syn-reply'; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway'; readonly status: number }
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: 'other' }

type Headers = Readonly<Record<string, string>>

const version = 3
const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goaway: 7 } as const
const finFlag = 1
/** A peer that announces more is not one of ours. */
const maxControlFrameBytes = 1 << 16
const maxDataFrameBytes = 1 << 24

/** Writes frames. Header compression keeps state over the connection, so there is one writer a connection, used in order. */
export class SpdyWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary, level: constants.Z_BEST_COMPRESSION })

  /** SYN_STREAM, which opens a stream. */
  synStream(streamId: number, headers: Headers): Promise<Buffer> {
    const fixed = Buffer.alloc(10)
    fixed.writeUInt32BE(streamId)
    return this.#withHeaders(types.synStream, fixed, headers)
  }

  /** SYN_REPLY, which accepts one. */
  synReply(streamId: number, headers: Headers): Promise<Buffer> {
    const fixed = Buffer.alloc(4)
    fixed.writeUInt32BE(streamId)
    return this.#withHeaders(types.synReply, fixed, headers)
  }

  async #withHeaders(type: number, fixed: Buffer, headers: Headers): Promise<Buffer> {
    const block = await compressed(this.#deflate, headerBlock(headers))
    return controlFrame(type, Buffer.concat([fixed, block]))
  }

  close(): void {
    this.#deflate.close()
  }
}

export function dataFrame(streamId: number, data: Uint8Array, fin = false): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(streamId)
  head.writeUInt32BE(data.length, 4)
  if (fin) head[4] = finFlag
  return Buffer.concat([head, data])
}

export function pingFrame(id: number): Buffer {
  const body = Buffer.alloc(4)
  body.writeUInt32BE(id)
  return controlFrame(types.ping, body)
}

export function rstFrame(streamId: number, status: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt32BE(streamId)
  body.writeUInt32BE(status, 4)
  return controlFrame(types.rstStream, body)
}

function controlFrame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8000 | version)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

function headerBlock(headers: Headers): Buffer {
  const entries = Object.entries(headers)
  const parts: Buffer[] = [uint32(entries.length)]
  for (const [name, value] of entries) parts.push(uint32(Buffer.byteLength(name)), Buffer.from(name), uint32(Buffer.byteLength(value)), Buffer.from(value))
  return Buffer.concat(parts)
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}

function compressed(stream: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const collect = (part: Buffer): void => {
      parts.push(part)
    }
    stream.on('data', collect)
    stream.once('error', reject)
    stream.write(input)
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off('data', collect)
      stream.off('error', reject)
      resolve(Buffer.concat(parts))
    })
  })
}

/** Reads frames out of a byte stream. Feed it in order; it waits for whole frames. */
export class SpdyReader {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary })
  #pending: Buffer = Buffer.alloc(0)

  /** The frames that are complete now. Throws on what is no SPDY. */
  async read(chunk: Uint8Array): Promise<SpdyFrame[]> {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk])
    const frames: SpdyFrame[] = []
    while (this.#pending.length >= 8) {
      const isControl = (this.#pending[0]! & 0x80) !== 0
      const length = this.#pending.readUInt32BE(4) & 0xffffff
      if (length > (isControl ? maxControlFrameBytes : maxDataFrameBytes)) throw new Error(`SPDY frame of ${length} bytes is too large`)
      if (this.#pending.length < 8 + length) break
      const frame = this.#pending.subarray(0, 8 + length)
      this.#pending = this.#pending.subarray(8 + length)
      frames.push(isControl ? await this.#control(frame) : dataOf(frame))
    }
    return frames
  }

  async #control(frame: Buffer): Promise<SpdyFrame> {
    const type = frame.readUInt16BE(2)
    const fin = (frame[4]! & finFlag) !== 0
    const body = frame.subarray(8)
    switch (type) {
      case types.synStream:
        return { type: 'syn-stream', streamId: body.readUInt32BE() & 0x7fffffff, fin, headers: await this.#headers(body.subarray(10)) }
      case types.synReply:
        return { type: 'syn-reply', streamId: body.readUInt32BE() & 0x7fffffff, fin, headers: await this.#headers(body.subarray(4)) }
      case types.rstStream:
        return { type: 'rst-stream', streamId: body.readUInt32BE() & 0x7fffffff, status: body.readUInt32BE(4) }
      case types.ping:
        return { type: 'ping', id: body.readUInt32BE() }
      case types.goaway:
        return { type: 'goaway', status: body.length >= 8 ? body.readUInt32BE(4) : 0 }
      default:
        return { type: 'other' }
    }
  }

  async #headers(block: Buffer): Promise<Headers> {
    const plain = await compressed(this.#inflate, Buffer.from(block))
    const headers: Record<string, string> = {}
    let at = 4
    const text = (): string => {
      const length = plain.readUInt32BE(at)
      const value = plain.toString('utf8', at + 4, at + 4 + length)
      at += 4 + length
      return value
    }
    for (let left = plain.readUInt32BE(0); left > 0; left--) {
      const name = text()
      headers[name.toLowerCase()] = text()
    }
    return headers
  }

  close(): void {
    this.#inflate.close()
  }
}

function dataOf(frame: Buffer): SpdyFrame {
  return { type: 'data', streamId: frame.readUInt32BE() & 0x7fffffff, fin: (frame[4]! & finFlag) !== 0, data: frame.subarray(8) }
}
