/** Packets (RFC 9580 §4): their tags and bodies, one after another. */
import { structural } from './error.ts'
import { Octets } from './octets.ts'

export interface Packet {
  readonly tag: number
  readonly body: Buffer
}

export const packetTags = { signature: 2, secretKey: 5, publicKey: 6, secretSubkey: 7, userId: 13, publicSubkey: 14 } as const

function bodyOf(octets: Octets, first: number): Buffer {
  if ((first & 0x40) === 0) {
    const kind = first & 3
    if (kind === 3) return octets.rest()
    return octets.take(kind === 0 ? octets.byte() : kind === 1 ? octets.uint16() : octets.uint32())
  }
  const parts: Buffer[] = []
  for (;;) {
    const length = octets.byte()
    if (length < 192) return Buffer.concat([...parts, octets.take(length)])
    if (length < 224) return Buffer.concat([...parts, octets.take(((length - 192) << 8) + octets.byte() + 192)])
    if (length === 255) return Buffer.concat([...parts, octets.take(octets.uint32())])
    parts.push(octets.take(1 << (length & 0x1f)))
  }
}

/** Takes bytes without armor. Throws for what are no packets, as of the first that is none. */
export function* readPackets(bytes: Buffer): Generator<Packet> {
  const octets = new Octets(bytes)
  while (octets.left > 0) {
    const first = octets.byte()
    if ((first & 0x80) === 0) throw structural('tag byte does not have MSB set')
    const tag = (first & 0x40) === 0 ? (first & 0x3c) >> 2 : first & 0x3f
    yield { tag, body: bodyOf(octets, first) }
  }
}

/** In the new format. */
export function writePacket(tag: number, body: Buffer): Buffer {
  const { length } = body
  const size =
    length < 192
      ? [length]
      : length < 8384
        ? [((length - 192) >> 8) + 192, (length - 192) & 0xff]
        : [255, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([0xc0 | tag, ...size]), body])
}
