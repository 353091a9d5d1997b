/** Signatures of version 4 (RFC 9580 §5.2): read, checked, made. */
import { createHash, type KeyObject, sign as signWith, verify as verifyWith } from 'node:crypto'
import { canSign, hashes, type HashAlgorithm, publicKeyAlgorithms as algorithms } from './algorithms.ts'
import { OpenPgpError, structural, unsupported } from './error.ts'
import { mpi, Octets, padded, uint16, uint32 } from './octets.ts'
import type { PublicKey } from './public-key.ts'

export const signatureTypes = {
  binary: 0x00,
  text: 0x01,
  genericCertification: 0x10,
  positiveCertification: 0x13,
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const

export interface Signature {
  readonly type: number
  readonly algorithm: number
  readonly hash: HashAlgorithm
  readonly createdSeconds: number
  readonly lifetimeSeconds: number
  readonly keyLifetimeSeconds: number
  /** Undefined when it does not tell who made it. */
  readonly issuerKeyId: string | undefined
  readonly issuerFingerprint: Buffer | undefined
  /** What the key may do; undefined when nothing is told. */
  readonly flags: number | undefined
  readonly isPrimaryId: boolean
  readonly revocationReason: number | undefined
  readonly criticalNotations: readonly string[]
  readonly embedded: Signature | undefined
  /** What is hashed after the signed octets. */
  readonly suffix: Buffer
  readonly numbers: readonly Buffer[]
}

export const keyFlags = { certify: 1, sign: 2 } as const
export const keyCompromised = 2

interface Told {
  createdSeconds?: number
  lifetimeSeconds?: number
  keyLifetimeSeconds?: number
  issuerKeyId?: string
  issuerFingerprint?: Buffer
  flags?: number
  isPrimaryId?: boolean
  revocationReason?: number
  embedded?: Signature
  readonly criticalNotations: string[]
}

const subpackets = {
  created: 2,
  expires: 3,
  exportable: 4,
  trust: 5,
  expression: 6,
  revocable: 7,
  keyExpires: 9,
  issuer: 16,
  notation: 20,
  primaryUserId: 25,
  flags: 27,
  reason: 29,
  embedded: 32,
  issuerFingerprint: 33,
} as const

/** Known, and of no consequence here. */
const passedOver: readonly number[] = [4, 5, 6, 7, 11, 12, 21, 22, 23, 24, 26, 28, 30, 31, 34, 35, 39]

function take(told: Told, type: number, body: Buffer, isHashed: boolean, isCritical: boolean, depth: number): void {
  const fixed = (length: number, what: string): Octets => {
    if (body.length !== length) throw structural(`${what} with bad length`)
    return new Octets(body)
  }
  // Only what is hashed is signed; of the rest, who made the signature is a hint that the check itself proves.
  if (!isHashed && type !== subpackets.issuer && type !== subpackets.issuerFingerprint && type !== subpackets.embedded) return
  switch (type) {
    case subpackets.created:
      told.createdSeconds = fixed(4, 'signature creation time').uint32()
      return
    case subpackets.expires:
      told.lifetimeSeconds = fixed(4, 'expiration subpacket').uint32()
      return
    case subpackets.keyExpires:
      told.keyLifetimeSeconds = fixed(4, 'key expiration subpacket').uint32()
      return
    case subpackets.issuer:
      told.issuerKeyId ??= fixed(8, 'issuer subpacket').rest().toString('hex')
      return
    case subpackets.primaryUserId:
      told.isPrimaryId = fixed(1, 'primary user id subpacket').byte() > 0
      return
    case subpackets.flags:
      told.flags = body[0] ?? 0
      return
    case subpackets.reason:
      if (body.length === 0) throw structural('empty revocation reason subpacket')
      told.revocationReason = body[0]!
      return
    case subpackets.issuerFingerprint: {
      if (body.length !== 21 || body[0] !== 4) throw structural('bad fingerprint length')
      told.issuerFingerprint = body.subarray(1)
      told.issuerKeyId = body.subarray(13).toString('hex')
      return
    }
    case subpackets.embedded: {
      if (told.embedded) throw structural('Cannot have multiple embedded signatures')
      if (depth > 0) throw structural('a signature embedded in an embedded one')
      const embedded = readSignature(body, depth + 1)
      if (embedded.type !== signatureTypes.primaryKeyBinding) throw structural(`cross-signature has unexpected type ${embedded.type}`)
      told.embedded = embedded
      return
    }
    case subpackets.notation: {
      const octets = new Octets(body)
      octets.take(4)
      const nameLength = octets.uint16()
      octets.uint16()
      if (isCritical) told.criticalNotations.push(octets.take(nameLength).toString('utf8'))
      return
    }
    default:
      if (isCritical && !passedOver.includes(type)) throw unsupported(`unknown critical signature subpacket type ${type}`)
  }
}

function readSubpackets(told: Told, bytes: Buffer, isHashed: boolean, depth: number): void {
  const octets = new Octets(bytes)
  while (octets.left > 0) {
    const first = octets.byte()
    const length = first < 192 ? first : first < 255 ? ((first - 192) << 8) + octets.byte() + 192 : octets.uint32()
    if (length === 0) throw structural('zero length signature subpacket')
    if (length > octets.left) throw structural('signature subpacket truncated')
    const body = octets.take(length)
    take(told, body[0]! & 0x7f, body.subarray(1), isHashed, (body[0]! & 0x80) !== 0, depth)
  }
}

function readNumbers(octets: Octets, algorithm: number): Buffer[] {
  switch (algorithm) {
    case algorithms.rsa:
    case algorithms.rsaSignOnly:
      return [octets.mpi()]
    case algorithms.ed25519:
      return [octets.take(64)]
    case algorithms.ed448:
      return [octets.take(114)]
    default:
      return [octets.mpi(), octets.mpi()]
  }
}

/** Takes the body of a packet. */
export function readSignature(body: Buffer, depth = 0): Signature {
  const octets = new Octets(body)
  const version = octets.byte()
  if (version !== 4) throw unsupported(`signature packet version ${version}`)
  const type = octets.byte()
  const algorithm = octets.byte()
  if (!canSign(algorithm)) throw unsupported(`public key algorithm ${algorithm}`)
  const hashId = octets.byte()
  const hash = hashes.find(({ id }) => id === hashId)
  if (!hash) throw unsupported(`hash function ${hashId}`)
  const hashed = octets.take(octets.uint16())
  const head = body.subarray(0, octets.at)
  const told: Told = { criticalNotations: [] }
  readSubpackets(told, hashed, true, depth)
  readSubpackets(told, octets.take(octets.uint16()), false, depth)
  octets.take(2)
  if (told.createdSeconds === undefined) throw structural('no creation time in signature')
  return {
    type,
    algorithm,
    hash,
    createdSeconds: told.createdSeconds,
    lifetimeSeconds: told.lifetimeSeconds ?? 0,
    keyLifetimeSeconds: told.keyLifetimeSeconds ?? 0,
    issuerKeyId: told.issuerKeyId,
    issuerFingerprint: told.issuerFingerprint,
    flags: told.flags,
    isPrimaryId: told.isPrimaryId ?? false,
    revocationReason: told.revocationReason,
    criticalNotations: told.criticalNotations,
    embedded: told.embedded,
    suffix: suffixOf(head),
    numbers: readNumbers(octets, algorithm),
  }
}

const suffixOf = (head: Buffer): Buffer => Buffer.concat([head, Buffer.from([4, 0xff]), uint32(head.length)])

const failures: Readonly<Record<number, string>> = { 1: 'RSA', 3: 'RSA', 17: 'DSA', 19: 'ECDSA', 22: 'EdDSA', 27: 'Ed25519', 28: 'ed448' }

function isRight(key: PublicKey, { algorithm, hash, numbers }: Signature, data: Buffer): boolean {
  const verifier = key.verifier()
  const [first, second] = numbers
  switch (algorithm) {
    case algorithms.rsa:
    case algorithms.rsaSignOnly:
      return verifyWith(hash.node, data, verifier, padded(first!, key.numbers[0]!.length))
    case algorithms.dsa: {
      const length = key.numbers[1]!.length
      return verifyWith(hash.node, data, { key: verifier, dsaEncoding: 'ieee-p1363' }, Buffer.concat([padded(first!, length), padded(second!, length)]))
    }
    case algorithms.ecdsa: {
      const length = key.curve!.coordinateLength
      return verifyWith(hash.node, data, { key: verifier, dsaEncoding: 'ieee-p1363' }, Buffer.concat([padded(first!, length), padded(second!, length)]))
    }
    default: {
      const whole = second ? Buffer.concat([padded(first!, 32), padded(second, 32)]) : first!
      return verifyWith(null, createHash(hash.node).update(data).digest(), verifier, whole)
    }
  }
}

/** Throws when `signature` is not what `key` makes of the octets. */
export function checkSignature(key: PublicKey, signature: Signature, signed: Buffer): void {
  if (!canSign(key.algorithm)) throw new OpenPgpError('argument', 'public key cannot generate signatures')
  if (key.algorithm !== signature.algorithm) throw new OpenPgpError('argument', 'public key and signature use different algorithms')
  if (!isRight(key, signature, Buffer.concat([signed, signature.suffix])))
    throw new OpenPgpError('signature', `${failures[key.algorithm]} verification failure`)
}

function subpacket(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([body.length + 1, type]), body])
}

/** Numbers of ieee-p1363 are of equal length, one after the other. */
function numbersOf(key: PublicKey, made: Buffer): Buffer {
  if (key.algorithm === algorithms.rsa || key.algorithm === algorithms.rsaSignOnly) return mpi(made)
  if (key.algorithm === algorithms.ed25519 || key.algorithm === algorithms.ed448) return made
  return Buffer.concat([mpi(made.subarray(0, made.length / 2)), mpi(made.subarray(made.length / 2))])
}

export interface SigningKey {
  readonly public: PublicKey
  readonly secret: KeyObject
}

/** Gives the body of a packet. */
export function makeSignature({ public: key, secret }: SigningKey, type: number, hash: HashAlgorithm, createdSeconds: number, signed: Buffer): Buffer {
  const critical = 0x80
  const hashed = Buffer.concat([
    subpacket(subpackets.created | critical, uint32(createdSeconds)),
    subpacket(subpackets.issuer, Buffer.from(key.keyId, 'hex')),
    subpacket(subpackets.issuerFingerprint, Buffer.concat([Buffer.from([4]), key.fingerprint])),
  ])
  const head = Buffer.concat([Buffer.from([4, type, key.algorithm, hash.id]), uint16(hashed.length), hashed])
  const data = Buffer.concat([signed, suffixOf(head)])
  const digest = createHash(hash.node).update(data).digest()
  const isEdwards = failures[key.algorithm]!.toLowerCase().startsWith('ed')
  const made = isEdwards ? signWith(null, digest, secret) : signWith(hash.node, data, { key: secret, dsaEncoding: 'ieee-p1363' })
  return Buffer.concat([head, uint16(0), digest.subarray(0, 2), numbersOf(key, made)])
}
