/** Secret keys of version 4 (RFC 9580 §5.5.3), open or under a passphrase. */
import { createDecipheriv, createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { integer, octets as octetString, sequence } from '#base/der.ts'
import { type CipherAlgorithm, ciphers, publicKeyAlgorithms as algorithms } from './algorithms.ts'
import { OpenPgpError, structural, unsupported } from './error.ts'
import { Octets, padded } from './octets.ts'
import { curveIdentifier, dsaIdentifier, type PublicKey, readPublicKey } from './public-key.ts'
import { readStringToKey, type StringToKey } from './string-to-key.ts'

export interface SecretKey {
  readonly public: PublicKey
  readonly isEncrypted: boolean
  /** Throws when the passphrase is not the one, and for keys whose secret is elsewhere. */
  unlock(passphrase: Buffer): KeyObject
}

const zero = Buffer.alloc(1)
const base64url = (bytes: Buffer): string => bytes.toString('base64url')
const bigint = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex') || '0'}`)

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length & 1), '0'), 'hex')
}

function pkcs8(identifier: Buffer, key: Buffer): KeyObject {
  return createPrivateKey({ key: sequence(integer(zero), identifier, octetString(key)), format: 'der', type: 'pkcs8' })
}

/** OpenPGP's u is the inverse of p, where others keep that of q: p and q change places. */
function rsaKey([n, e]: readonly Buffer[], secret: Octets): KeyObject {
  const [d, q, p, qi] = [secret.mpi(), secret.mpi(), secret.mpi(), secret.mpi()]
  const part = (prime: Buffer): Buffer => {
    if (bigint(prime) < 3n) throw structural('invalid RSA private key')
    return bytesOf(bigint(d) % (bigint(prime) - 1n))
  }
  const all = { n: n!, e: e!, d, p, q, dp: part(p), dq: part(q), qi }
  const key = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, base64url(value)]))
  return createPrivateKey({ key: { kty: 'RSA', ...key }, format: 'jwk' })
}

function edwardsKey(crv: string, x: Buffer, d: Buffer): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv, x: base64url(x), d: base64url(d) }, format: 'jwk' })
}

function keyFrom({ algorithm, numbers, curve }: PublicKey, data: Buffer): KeyObject {
  const secret = new Octets(data)
  switch (algorithm) {
    case algorithms.rsa:
    case algorithms.rsaSignOnly:
      return rsaKey(numbers, secret)
    case algorithms.dsa:
      return pkcs8(dsaIdentifier(numbers), integer(secret.mpi()))
    case algorithms.ecdsa: {
      const scalar = padded(secret.mpi(), curve!.coordinateLength)
      return pkcs8(curveIdentifier(curve!), sequence(integer(Buffer.from([1])), octetString(scalar)))
    }
    case algorithms.eddsa:
      return edwardsKey('Ed25519', numbers[0]!.subarray(1), padded(secret.mpi(), 32))
    case algorithms.ed25519:
      return edwardsKey('Ed25519', numbers[0]!, secret.take(32))
    case algorithms.ed448:
      return edwardsKey('Ed448', numbers[0]!, secret.take(57))
    default:
      throw new OpenPgpError('argument', 'public key cannot generate signatures')
  }
}

function open(key: PublicKey, data: Buffer): KeyObject {
  try {
    return keyFrom(key, data)
  } catch (error) {
    if (error instanceof OpenPgpError) throw error
    throw new OpenPgpError('key', 'invalid key parameters', error)
  }
}

/** The sum of all octets at the end, or SHA-1 of them. */
function checked(data: Buffer, isHashed: boolean): Buffer {
  const length = isHashed ? 20 : 2
  if (data.length < length) throw structural('truncated private key data')
  const [content, told] = [data.subarray(0, -length), data.subarray(-length)]
  const isRight = isHashed
    ? createHash('sha1').update(content).digest().equals(told)
    : (content.reduce((sum, octet) => sum + octet, 0) & 0xffff) === told.readUInt16BE()
  if (!isRight) throw structural('private key checksum failure')
  return content
}

interface Protection {
  readonly cipher: CipherAlgorithm
  readonly toKey: StringToKey
  readonly isHashed: boolean
}

function protectionOf(octets: Octets, usage: number): Protection {
  if (usage !== 254 && usage !== 255) throw unsupported(usage === 253 ? 'aead mode in private key' : 'deprecated s2k function in private key')
  const cipher = ciphers[octets.byte()]
  const toKey = readStringToKey(octets)
  if (!cipher && !toKey.isDummy) throw unsupported('unsupported cipher function in private key')
  return { cipher: cipher ?? ciphers[9]!, toKey, isHashed: usage === 254 }
}

const dummy = (): never => {
  throw new OpenPgpError('verdict', 's2k GNU dummy key: dummy key found')
}

/** Takes the body of a packet; the secret stays closed until it is asked for. */
export function readSecretKey(body: Buffer): SecretKey {
  const octets = new Octets(body)
  const key = readPublicKey(octets, body)
  const usage = octets.byte()
  if (usage === 0) {
    const data = checked(octets.rest(), false)
    return { public: key, isEncrypted: false, unlock: () => open(key, data) }
  }
  const { cipher, toKey, isHashed } = protectionOf(octets, usage)
  if (toKey.isDummy) return { public: key, isEncrypted: false, unlock: dummy }
  const iv = octets.take(cipher.blockLength)
  const encrypted = octets.rest()
  return {
    public: key,
    isEncrypted: true,
    unlock(passphrase) {
      const decipher = createDecipheriv(cipher.node, toKey.derive(passphrase, cipher.keyLength), iv)
      return open(key, checked(Buffer.concat([decipher.update(encrypted), decipher.final()]), isHashed))
    },
  }
}
