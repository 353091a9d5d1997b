/** Secrets at rest: AES-256-GCM with keys from a file, of which the first seals and the others still open (docs/encryption.md). Sealed values begin with a marker, so that old plain ones still open. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import type { Store } from '#storage/types.ts'
import type { Transformer } from '../registry/object-store.ts'

const marker = Buffer.from('k8s:enc:aesgcm:v1:')
const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32
/** What is sealed. */
const sealedPrefixes = ['/registry/core/secrets/']

const isSecret = (name: string): boolean => sealedPrefixes.some((prefix) => name.startsWith(prefix))

export const plainTransformer: Transformer = { seal: (_, value) => value, open: (_, value) => value }

export function aesGcmTransformer(...keys: readonly Uint8Array[]): Transformer {
  const [key] = keys
  if (!key) throw new Error('there is no encryption key')
  for (const each of keys) if (each.length !== keyBytes) throw new Error(`an encryption key has ${each.length} bytes; it must have ${keyBytes}`)
  return {
    seals: isSecret,
    seal(name, plain) {
      if (!isSecret(name)) return plain
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      // The key's name is authenticated, so that a sealed value cannot be moved to another object.
      cipher.setAAD(Buffer.from(name))
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([marker, nonce, sealed, cipher.getAuthTag()])
    },
    open(name, value) {
      const bytes = bytesOf(value)
      if (!isSealed(bytes)) return value
      let failure: unknown
      for (const each of keys) {
        try {
          return unseal(each, name, bytes)
        } catch (error) {
          failure ??= error
        }
      }
      throw failure
    },
    isStale(name, value) {
      if (!isSecret(name)) return false
      const bytes = bytesOf(value)
      if (!isSealed(bytes)) return true
      try {
        unseal(key, name, bytes)
        return false
      } catch {
        return true
      }
    },
  }
}

function unseal(key: Uint8Array, name: string, bytes: Buffer): Buffer {
  const nonceEnd = marker.length + nonceBytes
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(marker.length, nonceEnd))
  decipher.setAAD(Buffer.from(name))
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(nonceEnd, bytes.length - tagBytes)), decipher.final()])
}

const bytesOf = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength)
const isSealed = (bytes: Buffer): boolean => bytes.subarray(0, marker.length).equals(marker)

const pageSize = 500

/** Seals with the first key what is plain or sealed with an older one. What is written meanwhile is sealed anyway. */
export async function rewriteStale(store: Store, transformer: Transformer): Promise<number> {
  let rewritten = 0
  if (!transformer.isStale) return 0
  const revision = store.revision()
  for (const prefix of sealedPrefixes) {
    for (let after: string | undefined; ; ) {
      const { entries, remaining } = await store.range(prefix, { revision, limit: pageSize, ...(after === undefined ? {} : { after }) })
      for (const { key, value, revision: expectRevision } of entries) {
        if (!transformer.isStale(key, value)) continue
        const result = await store.put(key, transformer.seal(key, transformer.open(key, value)), { expectRevision })
        if (result.ok) rewritten++
      }
      after = entries.at(-1)?.key
      if (remaining === 0 || after === undefined) break
    }
  }
  return rewritten
}

/** Reads the keys, base64, a line each; makes one, readable by its owner alone, where there is none. */
export function keysFromFile(path: string): Uint8Array[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
    return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => Buffer.from(line, 'base64'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const key = randomBytes(keyBytes)
    writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(path, 0o600)
    return [key]
  }
}
