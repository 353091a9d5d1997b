/** Reading octets from the front; what is cut short is an error, never a shorter value. */
import { OpenPgpError } from './error.ts'

export class Octets {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  get at(): number {
    return this.#at
  }

  take(count: number): Buffer {
    if (count > this.left) throw new OpenPgpError('structural', 'unexpected EOF')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  byte(): number {
    return this.take(1)[0]!
  }

  uint16(): number {
    return this.take(2).readUInt16BE()
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  rest(): Buffer {
    return this.take(this.left)
  }

  /** A number of many octets: its length in bits, then its octets. */
  mpi(): Buffer {
    return this.take((this.uint16() + 7) >> 3)
  }
}

export const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Without zeros at the front, behind its length in bits. */
export function mpi(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length && bytes[start] === 0) start++
  const value = bytes.subarray(start)
  return Buffer.concat([uint16(value.length === 0 ? 0 : value.length * 8 - (Math.clz32(value[0]!) - 24)), value])
}

/** Zeros at the front, up to `length`. */
export function padded(bytes: Buffer, length: number): Buffer {
  return bytes.length >= length ? bytes : Buffer.concat([Buffer.alloc(length - bytes.length), bytes])
}
