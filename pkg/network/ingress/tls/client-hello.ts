/** The server name of a TLS connection before anybody has answered it (RFC 8446, 4.1.2; RFC 6066, 3). */

/** Heads of TLS are smaller by far; whoever sends more has no name. */
export const clientHelloLimit = 16 * 1024 + 5

/** The name in small letters, '' for none, and nothing as long as more bytes are needed. */
export function serverNameOf(bytes: Buffer): string | undefined {
  const hello = handshakeOf(bytes)
  if (hello === undefined) return bytes.length > clientHelloLimit ? '' : undefined
  try {
    return nameIn(hello)
  } catch {
    // Cut or crooked: TLS itself will say so.
    return ''
  }
}

const handshakeRecord = 22
const clientHello = 1
const empty = Buffer.alloc(0)

/** The ClientHello's body, which may be spread over several records; empty when it is none. */
function handshakeOf(bytes: Buffer): Buffer | undefined {
  let body: Buffer = empty
  for (let at = 0; ; ) {
    if (bytes.length > at && bytes[at] !== handshakeRecord) return empty
    if (bytes.length < at + 5) return undefined
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    if (bytes.length < end) return undefined
    body = body.length === 0 ? bytes.subarray(at + 5, end) : Buffer.concat([body, bytes.subarray(at + 5, end)])
    at = end
    if (body.length < 4) continue
    if (body[0] !== clientHello) return empty
    const length = body.readUIntBE(1, 3)
    if (length > clientHelloLimit) return empty
    if (body.length >= 4 + length) return body.subarray(4, 4 + length)
  }
}

/** Throws a RangeError where it ends too early. */
function nameIn(hello: Buffer): string {
  // Version and random, then three lists with their lengths in front: session, cipher suites, compressions.
  let at = 34
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  if (at >= hello.length) return ''
  const end = Math.min(hello.length, at + 2 + hello.readUInt16BE(at))
  for (at += 2; at + 4 <= end; ) {
    const [type, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)]
    at += 4
    // A list of names, of which the first is a host's.
    if (type === 0) return hello.readUInt8(at + 2) === 0 ? hello.toString('latin1', at + 5, at + 5 + hello.readUInt16BE(at + 3)).toLowerCase() : ''
    at += length
  }
  return ''
}
