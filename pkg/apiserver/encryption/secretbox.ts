/** NaCl's secretbox, XSalsa20 with Poly1305 (https://nacl.cr.yp.to/secretbox.html): node's crypto has neither. A nonce of 24 bytes stands first, as upstream writes it. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Provider } from './provider.ts'

const nonceBytes = 24
const tagBytes = 16
const blockBytes = 64

export function secretbox(key: Uint8Array): Provider {
  return {
    seal(_, plain) {
      const nonce = randomBytes(nonceBytes)
      return Buffer.concat([nonce, sealBox(key, nonce, plain)])
    },
    open(_, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size')
      const plain = openBox(key, sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes))
      if (!plain) throw new Error('output array was not large enough for encryption')
      return { plain, isStale: false }
    },
  }
}

/** The tag, then the text. */
export function sealBox(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Buffer {
  const { tagKey, apply } = streamOf(key, nonce)
  const text = apply(plain)
  return Buffer.concat([poly1305(tagKey, text), text])
}

/** Undefined: it was not sealed with this key, or was changed. */
export function openBox(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Buffer | undefined {
  const { tagKey, apply } = streamOf(key, nonce)
  const text = box.subarray(tagBytes)
  return timingSafeEqual(poly1305(tagKey, text), box.subarray(0, tagBytes)) ? apply(text) : undefined
}

/** The first 32 bytes of the stream are the tag's key; the text begins behind them. */
function streamOf(key: Uint8Array, nonce: Uint8Array): { readonly tagKey: Buffer; readonly apply: (text: Uint8Array) => Buffer } {
  const own = hsalsa20(words(key), words(nonce.subarray(0, 16)))
  const tail = words(nonce.subarray(16, 24))
  const block = (counter: number): Buffer => salsa20(own, [tail[0]!, tail[1]!, counter >>> 0, 0])
  return {
    tagKey: block(0).subarray(0, 32),
    apply(text) {
      const result = Buffer.from(text)
      for (let counter = 0; counter * blockBytes < text.length + 32; counter++) {
        const bytes = block(counter)
        for (let at = counter === 0 ? 32 : 0; at < blockBytes; at++) {
          const index = counter * blockBytes + at - 32
          if (index >= text.length) break
          result[index]! ^= bytes[at]!
        }
      }
      return result
    },
  }
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true))
}

const sigma = words(Buffer.from('expand 32-byte k'))

function state(key: readonly number[], input: readonly number[]): Uint32Array {
  const [k, n, s] = [key, input, sigma] as [number[], number[], number[]]
  return Uint32Array.of(s[0]!, k[0]!, k[1]!, k[2]!, k[3]!, s[1]!, n[0]!, n[1]!, n[2]!, n[3]!, s[2]!, k[4]!, k[5]!, k[6]!, k[7]!, s[3]!)
}

/** The quarter rounds of a double round: first by columns, then by rows. */
const quarters = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

function doubleRounds(x: Uint32Array): void {
  for (let round = 0; round < 10; round++)
    for (const [a, b, c, d] of quarters) {
      x[b]! ^= rotated((x[a]! + x[d]!) | 0, 7)
      x[c]! ^= rotated((x[b]! + x[a]!) | 0, 9)
      x[d]! ^= rotated((x[c]! + x[b]!) | 0, 13)
      x[a]! ^= rotated((x[d]! + x[c]!) | 0, 18)
    }
}

function salsa20(key: readonly number[], input: readonly number[]): Buffer {
  const first = state(key, input)
  const x = first.slice()
  doubleRounds(x)
  const bytes = Buffer.alloc(blockBytes)
  for (let at = 0; at < 16; at++) bytes.writeUInt32LE((x[at]! + first[at]!) >>> 0, at * 4)
  return bytes
}

function hsalsa20(key: readonly number[], input: readonly number[]): number[] {
  const x = state(key, input)
  doubleRounds(x)
  return [0, 5, 10, 15, 6, 7, 8, 9].map((at) => x[at]!)
}

const prime = (1n << 130n) - 5n
const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn

function poly1305(key: Uint8Array, text: Uint8Array): Buffer {
  const r = number(key.subarray(0, 16)) & clamp
  let sum = 0n
  for (let at = 0; at < text.length; at += 16) {
    const part = text.subarray(at, at + 16)
    sum = ((sum + number(part) + (1n << BigInt(part.length * 8))) * r) % prime
  }
  const tag = BigInt.asUintN(128, sum + number(key.subarray(16, 32)))
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse()
}

/** Little-endian. */
function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
