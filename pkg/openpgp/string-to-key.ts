/** From a passphrase to a key (RFC 9580 §3.7): simple, salted, iterated. */
import { createHash } from 'node:crypto'
import { hashes } from './algorithms.ts'
import { unsupported } from './error.ts'
import type { Octets } from './octets.ts'

export interface StringToKey {
  /** GnuPG's sign that the secret is elsewhere (offline, or on a card). */
  readonly isDummy: boolean
  derive(passphrase: Buffer, length: number): Buffer
}

const blockLength = 1 << 16

/** `count` octets of salt and passphrase, again and again; a whole one at least. The count has a byte, so 62 MiB at most. */
function digest(hash: string, zeros: number, material: Buffer, count: number): Buffer {
  const running = createHash(hash).update(Buffer.alloc(zeros))
  let left = Math.max(count, material.length)
  const block = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(blockLength / Math.max(1, material.length))) }, () => material))
  while (left > 0 && block.length > 0) {
    running.update(left >= block.length ? block : block.subarray(0, left))
    left -= block.length
  }
  return running.digest()
}

function deriving(hash: string, salt: Buffer, count: number): StringToKey {
  return {
    isDummy: false,
    derive(passphrase, length) {
      const material = Buffer.concat([salt, passphrase])
      const parts: Buffer[] = []
      for (let zeros = 0, done = 0; done < length; zeros++) {
        const part = digest(hash, zeros, material, count)
        parts.push(part)
        done += part.length
      }
      return Buffer.concat(parts).subarray(0, length)
    },
  }
}

function hashNamed(id: number): string {
  // MD5 is of no danger here, and keys of old are protected by it.
  const found = id === 1 ? 'md5' : hashes.find((hash) => hash.id === id)?.node
  if (!found) throw unsupported(`hash for S2K function: ${id}`)
  return found
}

export function readStringToKey(octets: Octets): StringToKey {
  const mode = octets.byte()
  switch (mode) {
    case 0:
      return deriving(hashNamed(octets.byte()), Buffer.alloc(0), 0)
    case 1:
      return deriving(hashNamed(octets.byte()), octets.take(8), 0)
    case 3: {
      const hash = hashNamed(octets.byte())
      const salt = octets.take(8)
      const count = octets.byte()
      return deriving(hash, salt, (16 + (count & 15)) << ((count >> 4) + 6))
    }
    case 101: {
      octets.byte()
      if (!octets.take(4).equals(Buffer.from([0x47, 0x4e, 0x55, 1]))) throw unsupported('GNU S2K extension')
      return { isDummy: true, derive: () => Buffer.alloc(0) }
    }
    default:
      throw unsupported('S2K function')
  }
}
