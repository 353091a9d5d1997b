/** Whether a signature over octets is one that a keyring vouches for. */
import { OpenPgpError, structural, unsupported } from './error.ts'
import { type Entity, primaryIdentity } from './keyring.ts'
import { packetTags, readPackets } from './packets.ts'
import type { PublicKey } from './public-key.ts'
import { checkSignature, keyCompromised, keyFlags, readSignature, type Signature, signatureTypes } from './signature.ts'

interface Candidate {
  readonly entity: Entity
  readonly key: PublicKey
  /** The signature that says what the key may do. */
  readonly self: Signature
  readonly revocations: readonly Signature[]
}

function candidates(keyring: readonly Entity[], keyId: string): Candidate[] {
  return keyring
    .flatMap((entity): Candidate[] => [
      { entity, key: entity.primary, self: primaryIdentity(entity).selfSignature, revocations: entity.revocations },
      ...entity.subkeys.map(({ key, binding, revocations }) => ({ entity, key, self: binding, revocations })),
    ])
    .filter(({ key, self }) => key.keyId === keyId && ((self.flags ?? 0) & keyFlags.sign) !== 0)
}

function isExpired({ createdSeconds, lifetimeSeconds }: Signature, nowSeconds: number): boolean {
  if (createdSeconds > nowSeconds) return true
  return lifetimeSeconds !== 0 && nowSeconds > createdSeconds + lifetimeSeconds
}

function isKeyExpired({ createdSeconds }: PublicKey, { keyLifetimeSeconds }: Signature, nowSeconds: number): boolean {
  if (createdSeconds > nowSeconds) return true
  return keyLifetimeSeconds !== 0 && nowSeconds > createdSeconds + keyLifetimeSeconds
}

/** A compromised key never was one to be believed. */
const isRevoked = (revocations: readonly Signature[], nowSeconds: number): boolean =>
  revocations.some((each) => each.revocationReason === keyCompromised || !isExpired(each, nowSeconds))

function checkStanding({ entity, key, self, revocations }: Candidate, signature: Signature, nowSeconds: number): void {
  const identity = primaryIdentity(entity)
  const isSubkey = key !== entity.primary
  const all = [signature, identity.selfSignature, ...(isSubkey ? [self, ...(self.embedded ? [self.embedded] : [])] : [])]
  const unknown = all.flatMap(({ criticalNotations }) => criticalNotations)[0]
  if (unknown !== undefined) throw new OpenPgpError('signature', `unknown critical notation: ${unknown}`)
  if (isRevoked(entity.revocations, nowSeconds) || (isSubkey && isRevoked(revocations, nowSeconds)) || isRevoked(identity.revocations, nowSeconds))
    throw new OpenPgpError('verdict', 'signature made by revoked key')
  if (isKeyExpired(entity.primary, identity.selfSignature, nowSeconds) || (isSubkey && isKeyExpired(key, self, nowSeconds)))
    throw new OpenPgpError('verdict', 'key expired')
  if (all.some((each) => isExpired(each, nowSeconds))) throw new OpenPgpError('verdict', 'signature expired')
}

function* signaturesIn(bytes: Buffer): Generator<Signature> {
  for (const { tag, body } of readPackets(bytes)) {
    if (tag !== packetTags.signature) throw structural('non signature packet found')
    try {
      yield readSignature(body)
    } catch (error) {
      if (!(error instanceof OpenPgpError) || error.reason !== 'unsupported') throw error
    }
  }
}

/** Gives who signed. Throws when nobody of the keyring did, or one who is not to be believed at `nowMs`. */
export function verifyDetached(keyring: readonly Entity[], signed: Buffer, bytes: Buffer, nowMs: number): Entity {
  for (const signature of signaturesIn(bytes)) {
    if (signature.issuerKeyId === undefined) throw structural("signature doesn't have an issuer")
    const keys = candidates(keyring, signature.issuerKeyId)
    if (keys.length === 0) continue
    if (signature.type !== signatureTypes.binary && signature.type !== signatureTypes.text) throw unsupported(`unsupported signature type: ${signature.type}`)
    let fault: unknown
    for (const candidate of keys) {
      try {
        checkSignature(candidate.key, signature, signed)
      } catch (error) {
        fault = error
        continue
      }
      checkStanding(candidate, signature, Math.floor(nowMs / 1000))
      return candidate.entity
    }
    throw fault
  }
  throw new OpenPgpError('verdict', 'signature made by unknown entity')
}
