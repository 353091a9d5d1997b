/** The little of DER (X.690) that certificates are written in, and enough reading to take a name out of one. */

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  sequence: 0x30,
  set: 0x31,
} as const

export function element(tagByte: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tagByte, ...lengthOf(content.length)]), content])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(tag.sequence, ...contents)
export const set = (...contents: readonly Uint8Array[]): Buffer => element(tag.set, ...contents)
export const octets = (content: Uint8Array): Buffer => element(tag.octetString, content)
export const utf8 = (text: string): Buffer => element(tag.utf8String, Buffer.from(text))
export const printable = (text: string): Buffer => element(tag.printableString, Buffer.from(text))
export const boolean = (value: boolean): Buffer => element(tag.boolean, Buffer.from([value ? 0xff : 0]))

/** Of a positive number, big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  return digits[0]! & 0x80 ? element(tag.integer, Buffer.of(0), digits) : element(tag.integer, digits)
}

export const bits = (content: Uint8Array, unused = 0): Buffer => element(tag.bitString, Buffer.from([unused]), content)
/** [n], constructed or primitive. */
export const tagged = (number: number, content: Uint8Array, constructed = true): Buffer => element(0x80 | (constructed ? 0x20 : 0) | number, content)

export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number)
  return element(tag.oid, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}

/** Of an IPv4 or IPv6 address, the 4 or 16 bytes. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const hex = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16)
  const plain = dotted ? `${address.slice(0, dotted.index)}${hex(dotted[1]!, dotted[2]!)}:${hex(dotted[3]!, dotted[4]!)}` : address
  const [head = '', tail] = plain.split('::')
  const words = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [before, after] = [words(head), words(tail ?? '')]
  const all = tail === undefined ? before : [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return Buffer.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]))
}

/** The elements within one, each with its header. */
export function elementsOf(der: Uint8Array): Buffer[] {
  const found: Buffer[] = []
  const inner = contentOf(der)
  for (let at = 0; at < inner.length; ) {
    const { header, length } = headerOf(inner.subarray(at))
    found.push(inner.subarray(at, at + header + length))
    at += header + length
  }
  return found
}

export function contentOf(der: Uint8Array): Buffer {
  const { header, length } = headerOf(der)
  return Buffer.from(der.buffer, der.byteOffset + header, length)
}

function headerOf(der: Uint8Array): { header: number; length: number } {
  const first = der[1]!
  if (first < 0x80) return { header: 2, length: first }
  const count = first & 0x7f
  let length = 0
  for (let index = 0; index < count; index++) length = length * 256 + der[2 + index]!
  if (2 + count + length > der.length) throw new Error('DER: an element is longer than what holds it')
  return { header: 2 + count, length }
}
