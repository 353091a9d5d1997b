/** NaCl's secretbox, XSalsa20 with Poly1305 (https://nacl.cr.yp.to/secretbox.html). A nonce of 24 bytes stands first, as upstream writes it. */
import { randomBytes } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import type { Provider } from './provider.ts'

const nonceBytes = 24
const tagBytes = 16

export function secretbox(key: Uint8Array): Provider {
  return {
    seal(_, plain) {
      const nonce = randomBytes(nonceBytes)
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(plain)])
    },
    open(_, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size')
      try {
        return { plain: Buffer.from(xsalsa20poly1305(key, sealed.subarray(0, nonceBytes)).decrypt(sealed.subarray(nonceBytes))), isStale: false }
      } catch {
        // It was not sealed with this key, or was changed.
        throw new Error('output array was not large enough for encryption')
      }
    },
  }
}
