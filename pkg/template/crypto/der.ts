/** As much of ASN.1 DER as a certificate needs. */

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const length: number[] = []
  if (body.length < 0x80) length.push(body.length)
  else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
    length.unshift(0x80 | length.length)
  }
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents)
export const set = (...contents: readonly Uint8Array[]): Buffer => der(0x31, ...contents)
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes)
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]))
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
export const printable = (text: string): Buffer => der(0x13, Buffer.from(text))

export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const trimmed = bytes.subarray(start)
  return der(0x02, trimmed[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed)
}

export function objectIdentifier(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number) as [number, number, ...number[]]
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

/** UTCTime until 2049, GeneralizedTime after, as RFC 5280 wants. */
export function time(date: Date): Buffer {
  const text = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

/** The elements of the sequence that the bytes are. */
export function elements(bytes: Buffer): { readonly tag: number; readonly whole: Buffer; readonly body: Buffer }[] {
  const found: { tag: number; whole: Buffer; body: Buffer }[] = []
  const inner = element(bytes, 0).body
  for (let at = 0; at < inner.length; ) {
    const next = element(inner, at)
    found.push(next)
    at += next.whole.length
  }
  return found
}

function element(bytes: Buffer, at: number): { tag: number; whole: Buffer; body: Buffer } {
  let length = bytes[at + 1]!
  let start = at + 2
  if (length & 0x80) {
    const count = length & 0x7f
    length = bytes.readUIntBE(start, count)
    start += count
  }
  if (start + length > bytes.length) throw new Error('asn1: syntax error: data truncated')
  return { tag: bytes[at]!, whole: bytes.subarray(at, start + length), body: bytes.subarray(start, start + length) }
}
