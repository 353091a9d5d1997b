/** Numbers of RFC 9580 §9, and what node:crypto calls them. What is not here is unsupported. */

export const publicKeyAlgorithms = {
  rsa: 1,
  rsaEncryptOnly: 2,
  rsaSignOnly: 3,
  elGamal: 16,
  dsa: 17,
  ecdh: 18,
  ecdsa: 19,
  eddsa: 22,
  x25519: 25,
  x448: 26,
  ed25519: 27,
  ed448: 28,
} as const

const signing: readonly number[] = [1, 3, 17, 19, 22, 27, 28]
export const canSign = (algorithm: number): boolean => signing.includes(algorithm)

export interface HashAlgorithm {
  readonly id: number
  /** In the Hash header of a cleartext message. */
  readonly label: string
  readonly node: string
}

/** MD5 and RIPEMD-160 are not believed by anybody any more. */
export const hashes: readonly HashAlgorithm[] = [
  { id: 2, label: 'SHA1', node: 'sha1' },
  { id: 8, label: 'SHA256', node: 'sha256' },
  { id: 9, label: 'SHA384', node: 'sha384' },
  { id: 10, label: 'SHA512', node: 'sha512' },
  { id: 11, label: 'SHA224', node: 'sha224' },
  { id: 12, label: 'SHA3-256', node: 'sha3-256' },
  { id: 14, label: 'SHA3-512', node: 'sha3-512' },
]

/** What the Hash header of a cleartext message may name. */
export const hashHeaders: readonly string[] = ['MD5', 'SHA1', 'RIPEMD160', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'SHA3-256', 'SHA3-512']

export interface CipherAlgorithm {
  readonly node: string
  readonly keyLength: number
  readonly blockLength: number
}

/** Those that protect secret keys. */
export const ciphers: Readonly<Record<number, CipherAlgorithm>> = {
  2: { node: 'des-ede3-cfb', keyLength: 24, blockLength: 8 },
  7: { node: 'aes-128-cfb', keyLength: 16, blockLength: 16 },
  8: { node: 'aes-192-cfb', keyLength: 24, blockLength: 16 },
  9: { node: 'aes-256-cfb', keyLength: 32, blockLength: 16 },
}

export interface Curve {
  /** Body of its object identifier, in hexadecimal. */
  readonly oid: string
  readonly coordinateLength: number
}

/** secp256k1 is not among them: it is rejected by default. */
export const curves: readonly Curve[] = [
  { oid: '2a8648ce3d030107', coordinateLength: 32 },
  { oid: '2b81040022', coordinateLength: 48 },
  { oid: '2b81040023', coordinateLength: 66 },
  { oid: '2b2403030208010107', coordinateLength: 32 },
  { oid: '2b240303020801010b', coordinateLength: 48 },
  { oid: '2b240303020801010d', coordinateLength: 64 },
]

/** Ed25519 in the old form (algorithm 22). */
export const ed25519Oid = '2b06010401da470f01'
