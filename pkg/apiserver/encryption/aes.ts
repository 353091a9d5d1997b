/** AES in the two modes that EncryptionConfiguration has: GCM, bound to the object's name, and CBC, which is bound to nothing. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Provider } from './provider.ts'

const nonceBytes = 12
const tagBytes = 16
const blockBytes = 16
const tooShort = 'the stored data was shorter than the required size'

export function aesGcm(key: Uint8Array): Provider {
  const algorithm = `aes-${key.length * 8}-gcm` as 'aes-256-gcm'
  return {
    seal(name, plain) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce)
      cipher.setAAD(Buffer.from(name))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(name, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error(tooShort)
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes))
      decipher.setAAD(Buffer.from(name))
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      const plain = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes))
      try {
        return { plain: Buffer.concat([plain, decipher.final()]), isStale: false }
      } catch (error) {
        throw new Error('cipher: message authentication failed', { cause: error })
      }
    },
  }
}

export function aesCbc(key: Uint8Array): Provider {
  const algorithm = `aes-${key.length * 8}-cbc`
  return {
    seal(_, plain) {
      const vector = randomBytes(blockBytes)
      const cipher = createCipheriv(algorithm, key, vector)
      return Buffer.concat([vector, cipher.update(plain), cipher.final()])
    },
    open(_, sealed) {
      if (sealed.length < blockBytes) throw new Error(tooShort)
      if (sealed.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size')
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, blockBytes))
      const plain = decipher.update(sealed.subarray(blockBytes))
      try {
        return { plain: Buffer.concat([plain, decipher.final()]), isStale: false }
      } catch (error) {
        throw new Error('invalid padding on input', { cause: error })
      }
    },
  }
}
