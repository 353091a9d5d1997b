/** Protobuf's wire format. The writer fills its buffer from the end, so that lengths are known when they are written. */
import { exactInteger } from './exact-json.ts'
import { DecodeError } from './errors.ts'

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const INITIAL_SIZE = 8192
const TWO_32 = 2 ** 32

export class WireWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_SIZE)
  #start = INITIAL_SIZE

  /** Bytes written so far; what was written since an earlier value is a message's length. */
  get length(): number {
    return this.#buffer.length - this.#start
  }

  #reserve(size: number): number {
    if (size > this.#start) this.#grow(size)
    this.#start -= size
    return this.#start
  }

  #grow(size: number): void {
    const used = this.length
    const next = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + size))
    this.#buffer.copy(next, next.length - used, this.#start)
    this.#start = next.length - used
    this.#buffer = next
  }

  varint(value: number | bigint): void {
    if (value < 0 || value >= TWO_32) {
      this.#bigVarint(BigInt.asUintN(64, BigInt(value)))
      return
    }
    const size = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
    let at = this.#reserve(size)
    let rest = Number(value)
    for (let index = 1; index < size; index++) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#buffer[at] = rest
  }

  #bigVarint(value: bigint): void {
    const bytes: number[] = []
    let rest = value
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    // Reserved first: growing puts another buffer in place of this one.
    const at = this.#reserve(bytes.length)
    this.#buffer.set(bytes, at)
  }

  /** Nanoseconds and other int64 that numbers do not hold. */
  bigint(value: bigint): void {
    this.#bigVarint(BigInt.asUintN(64, value))
  }

  double(value: number): void {
    const at = this.#reserve(8)
    this.#buffer.writeDoubleLE(value, at)
  }

  tag(field: number, wire: number): void {
    this.varint(field * 8 + wire)
  }

  text(value: string): void {
    const size = Buffer.byteLength(value)
    const at = this.#reserve(size)
    this.#buffer.write(value, at, size, 'utf8')
    this.varint(size)
  }

  bytes(value: Uint8Array): void {
    this.raw(value)
    this.varint(value.length)
  }

  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
  }

  finish(): Buffer {
    return this.#buffer.subarray(this.#start)
  }
}

export class WireReader {
  readonly #buffer: Buffer
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  #fail(): never {
    throw new DecodeError('unexpected EOF')
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#at >= this.#end) this.#fail()
      const byte = this.#buffer[this.#at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new DecodeError('proto: integer overflow')
  }

  /** A varint known to be small: tags, lengths, booleans. */
  small(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 36; factor *= 128) {
      if (this.#at >= this.#end) this.#fail()
      const byte = this.#buffer[this.#at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw new DecodeError('proto: integer overflow')
  }

  /** int32 and int64: a bigint where no number holds it. */
  signed(): number | bigint {
    const start = this.#at
    for (let value = 0, factor = 1; factor < 2 ** 49; factor *= 128) {
      if (this.#at >= this.#end) this.#fail()
      const byte = this.#buffer[this.#at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    this.#at = start
    return exactInteger(BigInt.asIntN(64, this.varint()))
  }

  double(): number {
    if (this.#at + 8 > this.#end) this.#fail()
    this.#at += 8
    return this.#buffer.readDoubleLE(this.#at - 8)
  }

  /** Steps over a length-delimited value; its first position. */
  #delimited(): number {
    const size = this.small()
    const start = this.#at
    if (start + size > this.#end) this.#fail()
    this.#at = start + size
    return start
  }

  bytes(): Buffer {
    const start = this.#delimited()
    return this.#buffer.subarray(start, this.#at)
  }

  text(): string {
    const start = this.#delimited()
    return this.#buffer.toString('utf8', start, this.#at)
  }

  message(): WireReader {
    const start = this.#delimited()
    return new WireReader(this.#buffer, start, this.#at)
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint()
    else if (wire === BYTES) this.#delimited()
    else if (wire === FIXED64 || wire === FIXED32) {
      this.#at += wire === FIXED64 ? 8 : 4
      if (this.#at > this.#end) this.#fail()
    } else throw new DecodeError(`proto: illegal wireType ${wire}`)
  }
}
