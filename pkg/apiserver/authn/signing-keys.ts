/** Keys of service-account tokens: their ids, algorithms and public JWKs. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

export interface VerificationKey {
  readonly id: string
  readonly algorithm: string
  readonly publicKey: KeyObject
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject
}

/** From a private key's PEM (RSA: RS256; EC P-256, P-384, P-521: ES256, ES384, ES512). */
export function signingKey(privatePem: string): SigningKey {
  const privateKey = createPrivateKey(privatePem)
  return { ...verificationKey(createPublicKey(privatePem)), privateKey }
}

export function verificationKey(key: string | KeyObject): VerificationKey {
  const publicKey = typeof key === 'string' ? createPublicKey(key) : key
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey), publicKey }
}

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const byCurve: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
  const algorithm = byCurve[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (!algorithm) throw new Error(`unsupported service-account key type ${key.asymmetricKeyType ?? 'unknown'}, must be RSA or ECDSA`)
  return algorithm
}

/** The key set of `/openid/v1/jwks`. */
export function jwks(keys: readonly VerificationKey[]): { keys: object[] } {
  return { keys: keys.map(({ id, algorithm, publicKey }) => ({ use: 'sig', ...publicKey.export({ format: 'jwk' }), kid: id, alg: algorithm })) }
}

/** The document of `/.well-known/openid-configuration`. */
export function openIdConfiguration(issuer: string, jwksUri: string, keys: readonly VerificationKey[]): object {
  return {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map((each) => each.algorithm))].sort(),
  }
}
