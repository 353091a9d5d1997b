/** Keyrings: entities with their names and subkeys, each of which its own signatures prove (RFC 9580 §10.1). */
import { canSign } from './algorithms.ts'
import { OpenPgpError, structural } from './error.ts'
import { Octets, uint32 } from './octets.ts'
import { type Packet, packetTags, readPackets } from './packets.ts'
import { type PublicKey, readPublicKey } from './public-key.ts'
import { readSecretKey, type SecretKey } from './secret-key.ts'
import { checkSignature, keyFlags, readSignature, type Signature, signatureTypes } from './signature.ts'

export interface Identity {
  readonly name: string
  readonly selfSignature: Signature
  readonly revocations: readonly Signature[]
}

export interface Subkey {
  readonly key: PublicKey
  readonly binding: Signature
  readonly revocations: readonly Signature[]
}

export interface Entity {
  readonly primary: PublicKey
  readonly secret: SecretKey | undefined
  readonly identities: readonly Identity[]
  readonly subkeys: readonly Subkey[]
  readonly revocations: readonly Signature[]
}

type Item =
  | { readonly kind: 'key'; readonly isSubkey: boolean; readonly key: PublicKey; readonly secret: SecretKey | undefined }
  | { readonly kind: 'userId'; readonly name: string }
  | { readonly kind: 'signature'; readonly signature: Signature }

function itemOf({ tag, body }: Packet): Item | undefined {
  switch (tag) {
    case packetTags.publicKey:
    case packetTags.publicSubkey:
      return { kind: 'key', isSubkey: tag === packetTags.publicSubkey, key: readPublicKey(new Octets(body), body), secret: undefined }
    case packetTags.secretKey:
    case packetTags.secretSubkey: {
      const secret = readSecretKey(body)
      return { kind: 'key', isSubkey: tag === packetTags.secretSubkey, key: secret.public, secret }
    }
    case packetTags.userId:
      return { kind: 'userId', name: body.toString('utf8') }
    case packetTags.signature:
      return { kind: 'signature', signature: readSignature(body) }
    default:
      return undefined
  }
}

/** What is not supported is passed over. */
function* readItems(bytes: Buffer): Generator<Item> {
  for (const packet of readPackets(bytes)) {
    let item: Item | undefined
    try {
      item = itemOf(packet)
    } catch (error) {
      if (error instanceof OpenPgpError && error.reason === 'unsupported') continue
      throw error
    }
    if (item) yield item
  }
}

const isBy = ({ issuerFingerprint, issuerKeyId }: Signature, { fingerprint, keyId }: PublicKey): boolean =>
  issuerFingerprint ? issuerFingerprint.equals(fingerprint) : issuerKeyId === keyId

const certifications: readonly number[] = [0x10, 0x11, 0x12, 0x13, signatureTypes.certificationRevocation]

function overUserId(primary: PublicKey, name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8')
  return Buffer.concat([primary.hashed, Buffer.from([0xb4]), uint32(bytes.length), bytes])
}

function newest(signatures: readonly Signature[]): Signature | undefined {
  return signatures.reduce<Signature | undefined>((best, each) => (!best || each.createdSeconds > best.createdSeconds ? each : best), undefined)
}

/** Undefined when the key itself says nothing about the name. */
function identityOf(primary: PublicKey, name: string, signatures: readonly Signature[]): Identity | undefined {
  if (signatures.some(({ type }) => !certifications.includes(type))) throw structural('user ID signature with wrong type')
  const own = signatures.filter((signature) => isBy(signature, primary))
  for (const signature of own) {
    try {
      checkSignature(primary, signature, overUserId(primary, name))
    } catch (error) {
      throw structural(`user ID self-signature invalid: ${(error as Error).message}`)
    }
  }
  const revocations = own.filter(({ type }) => type === signatureTypes.certificationRevocation)
  const selfSignature = newest(own.filter(({ type }) => type !== signatureTypes.certificationRevocation))
  return selfSignature && { name, selfSignature, revocations }
}

function checkSubkeySignature(primary: PublicKey, key: PublicKey, signature: Signature): void {
  const signed = Buffer.concat([primary.hashed, key.hashed])
  checkSignature(primary, signature, signed)
  if (((signature.flags ?? 0) & keyFlags.sign) === 0) return
  if (!signature.embedded) throw structural('signing subkey is missing cross-signature')
  try {
    checkSignature(key, signature.embedded, signed)
  } catch (error) {
    throw structural(`error while verifying cross-signature: ${(error as Error).message}`)
  }
}

function subkeyOf(primary: PublicKey, key: PublicKey, signatures: readonly Signature[]): Subkey {
  for (const signature of signatures) {
    if (signature.type !== signatureTypes.subkeyBinding && signature.type !== signatureTypes.subkeyRevocation)
      throw structural('subkey signature with wrong type')
    try {
      checkSubkeySignature(primary, key, signature)
    } catch (error) {
      throw structural(`subkey signature invalid: ${(error as Error).message}`)
    }
  }
  const binding = newest(signatures.filter(({ type }) => type === signatureTypes.subkeyBinding))
  if (!binding) throw structural('subkey packet not followed by signature')
  return { key, binding, revocations: signatures.filter(({ type }) => type === signatureTypes.subkeyRevocation) }
}

function entityOf(items: readonly Item[]): Entity {
  const [first, ...rest] = items
  if (first?.kind !== 'key') throw structural('first packet was not a public/private key')
  const { key: primary, secret } = first
  if (!canSign(primary.algorithm)) throw structural('primary key cannot be used for signatures')
  const identities: Identity[] = []
  const subkeys: Subkey[] = []
  const revocations: Signature[] = []
  for (let at = 0; at < rest.length; ) {
    const item = rest[at++]!
    if (item.kind === 'signature') {
      if (item.signature.type === signatureTypes.keyRevocation) revocations.push(item.signature)
      continue
    }
    const signatures: Signature[] = []
    for (let next = rest[at]; next?.kind === 'signature'; next = rest[++at]) signatures.push(next.signature)
    if (item.kind === 'key') subkeys.push(subkeyOf(primary, item.key, signatures))
    else {
      const identity = identityOf(primary, item.name, signatures)
      if (identity) identities.push(identity)
    }
  }
  if (identities.length === 0) throw structural('v4 entity without any identities')
  for (const revocation of revocations) {
    try {
      checkSignature(primary, revocation, primary.hashed)
    } catch {
      throw structural('revocation signature signed by alternate key')
    }
  }
  return { primary, secret, identities, subkeys, revocations }
}

/**
 * Takes a keyring without armor. An entity that is not whole is passed over; only when none is left is the last one's fault
 * told. Throws for what is no keyring at all, such as armor, or GnuPG's keybox.
 */
export function readKeyring(bytes: Buffer): Entity[] {
  const entities: Entity[] = []
  let fault: OpenPgpError | undefined
  let gathered: Item[] = []
  const finish = (): void => {
    if (gathered.length === 0) return
    try {
      entities.push(entityOf(gathered))
    } catch (error) {
      if (!(error instanceof OpenPgpError)) throw error
      fault = error
    }
    gathered = []
  }
  for (const item of readItems(bytes)) {
    if (item.kind === 'key' && !item.isSubkey) finish()
    gathered.push(item)
  }
  finish()
  if (entities.length === 0 && fault) throw fault
  return entities
}

function isPreferred(best: Identity, other: Identity): boolean {
  if (best.revocations.length !== other.revocations.length) return best.revocations.length > other.revocations.length
  if (best.selfSignature.isPrimaryId !== other.selfSignature.isPrimaryId) return other.selfSignature.isPrimaryId
  return other.selfSignature.createdSeconds > best.selfSignature.createdSeconds
}

/** The name whose signature says how long the key lives, and what it may do. */
export function primaryIdentity({ identities }: Entity): Identity {
  return identities.reduce((best, other) => (isPreferred(best, other) ? other : best))
}
