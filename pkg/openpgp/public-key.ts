/** Public keys of version 4 (RFC 9580 §5.5.2): their fingerprint, and a key of node:crypto that checks signatures. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { bits, element, integer, oid, sequence } from '#base/der.ts'
import { canSign, type Curve, curves, ed25519Oid, publicKeyAlgorithms as algorithms } from './algorithms.ts'
import { OpenPgpError, structural, unsupported } from './error.ts'
import { type Octets, uint16 } from './octets.ts'

export interface PublicKey {
  readonly algorithm: number
  readonly createdSeconds: number
  readonly fingerprint: Buffer
  /** The last eight octets of the fingerprint, in hexadecimal. */
  readonly keyId: string
  readonly curve?: Curve
  /** What fingerprints and signatures over the key are reckoned from. */
  readonly hashed: Buffer
  /** The numbers of the key, as they stand in the packet. */
  readonly numbers: readonly Buffer[]
  /** Of keys that sign. */
  readonly verifier: () => KeyObject
}

const base64url = (bytes: Buffer): string => bytes.toString('base64url')
const [dsaOid, ecOid] = [oid('1.2.840.10040.4.1'), oid('1.2.840.10045.2.1')]

/** DSA's name and its numbers: p, q, g. */
export const dsaIdentifier = ([p, q, g]: readonly Buffer[]): Buffer => sequence(dsaOid, sequence(integer(p!), integer(q!), integer(g!)))
export const curveIdentifier = (curve: Curve): Buffer => sequence(ecOid, element(0x06, Buffer.from(curve.oid, 'hex')))

function spki(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (error) {
    throw new OpenPgpError('structural', 'the numbers of a public key make no key', error)
  }
}

function jwk(key: Record<string, string>): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch (error) {
    throw new OpenPgpError('structural', 'the numbers of a public key make no key', error)
  }
}

interface Material {
  readonly numbers: readonly Buffer[]
  readonly curve?: Curve
  readonly verifier: () => KeyObject
}

const noVerifier = (): never => {
  throw new OpenPgpError('argument', 'public key cannot generate signatures')
}

/** The numbers end where those of a secret key begin. */
function materialOf(octets: Octets, algorithm: number): Material {
  switch (algorithm) {
    case algorithms.rsa:
    case algorithms.rsaEncryptOnly:
    case algorithms.rsaSignOnly: {
      const [n, e] = [octets.mpi(), octets.mpi()]
      return { numbers: [n, e], verifier: () => jwk({ kty: 'RSA', n: base64url(n), e: base64url(e) }) }
    }
    case algorithms.elGamal:
      return { numbers: [octets.mpi(), octets.mpi(), octets.mpi()], verifier: noVerifier }
    case algorithms.dsa: {
      const [p, q, g, y] = [octets.mpi(), octets.mpi(), octets.mpi(), octets.mpi()]
      return { numbers: [p, q, g, y], verifier: () => spki(sequence(dsaIdentifier([p, q, g]), bits(integer(y)))) }
    }
    case algorithms.ecdh: {
      octets.take(octets.byte())
      const point = octets.mpi()
      octets.take(octets.byte())
      return { numbers: [point], verifier: noVerifier }
    }
    case algorithms.ecdsa: {
      const name = octets.take(octets.byte()).toString('hex')
      const curve = curves.find((each) => each.oid === name)
      if (!curve) throw unsupported(`unknown oid: ${name}`)
      const point = octets.mpi()
      return { numbers: [point], curve, verifier: () => spki(sequence(curveIdentifier(curve), bits(point))) }
    }
    case algorithms.eddsa: {
      const name = octets.take(octets.byte()).toString('hex')
      if (name !== ed25519Oid) throw unsupported(`unknown oid: ${name}`)
      const point = octets.mpi()
      if (point.length !== 33 || point[0] !== 0x40) throw structural('invalid ed25519 public key')
      return { numbers: [point], verifier: () => jwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(point.subarray(1)) }) }
    }
    case algorithms.x25519:
      return { numbers: [octets.take(32)], verifier: noVerifier }
    case algorithms.x448:
      return { numbers: [octets.take(56)], verifier: noVerifier }
    case algorithms.ed25519: {
      const point = octets.take(32)
      return { numbers: [point], verifier: () => jwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(point) }) }
    }
    case algorithms.ed448: {
      const point = octets.take(57)
      return { numbers: [point], verifier: () => jwk({ kty: 'OKP', crv: 'Ed448', x: base64url(point) }) }
    }
    default:
      throw unsupported(`public key type: ${algorithm}`)
  }
}

/** Reads as far as the public part goes. Throws for versions and algorithms that are not supported. */
export function readPublicKey(octets: Octets, body: Buffer): PublicKey {
  const start = octets.at
  const version = octets.byte()
  if (version !== 4) throw unsupported('public key version')
  const createdSeconds = octets.uint32()
  const algorithm = octets.byte()
  const { verifier, ...material } = materialOf(octets, algorithm)
  const own = body.subarray(start, octets.at)
  const hashed = Buffer.concat([Buffer.from([0x99]), uint16(own.length), own])
  const fingerprint = createHash('sha1').update(hashed).digest()
  let made: KeyObject | undefined
  return {
    algorithm,
    createdSeconds,
    fingerprint,
    keyId: fingerprint.subarray(12).toString('hex'),
    hashed,
    ...material,
    verifier: canSign(algorithm) ? () => (made ??= verifier()) : noVerifier,
  }
}
