/** Secrets at rest: AES-256-GCM with a key from a file. Sealed values begin with a marker, so that old plain ones still open. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import type { Transformer } from './registry/object-store.ts'

const marker = Buffer.from('k8s:enc:aesgcm:v1:')
const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32
/** What is sealed. */
const sealedPrefixes = ['/registry/core/secrets/']

export const plainTransformer: Transformer = { seal: (_, value) => value, open: (_, value) => value }

export function aesGcmTransformer(key: Uint8Array): Transformer {
  if (key.length !== keyBytes) throw new Error(`the encryption key has ${key.length} bytes; it must have ${keyBytes}`)
  return {
    seal(name, plain) {
      if (!sealedPrefixes.some((prefix) => name.startsWith(prefix))) return plain
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      // The key's name is authenticated, so that a sealed value cannot be moved to another object.
      cipher.setAAD(Buffer.from(name))
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([marker, nonce, sealed, cipher.getAuthTag()])
    },
    open(name, value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (!bytes.subarray(0, marker.length).equals(marker)) return value
      const nonceEnd = marker.length + nonceBytes
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(marker.length, nonceEnd))
      decipher.setAAD(Buffer.from(name))
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(nonceEnd, bytes.length - tagBytes)), decipher.final()])
    },
  }
}

/** Reads the key, base64 in the file; makes one, readable by its owner alone, where there is none. */
export function keyFromFile(path: string): Uint8Array {
  try {
    return Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const key = randomBytes(keyBytes)
    writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(path, 0o600)
    return key
  }
}
