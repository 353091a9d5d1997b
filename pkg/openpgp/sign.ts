/** A text signed so that people can still read it. */
import type { KeyObject } from 'node:crypto'
import { hashes } from './algorithms.ts'
import { encodeCleartext, signedOctets } from './cleartext.ts'
import { packetTags, writePacket } from './packets.ts'
import type { PublicKey } from './public-key.ts'
import { makeSignature, signatureTypes } from './signature.ts'

const sha512 = 10

/** SHA-512, which is strong enough for every curve. */
export function signCleartext(key: PublicKey, secret: KeyObject, text: string, nowMs: number): string {
  const hash = hashes.find(({ id }) => id === sha512)!
  const body = makeSignature({ public: key, secret }, signatureTypes.text, hash, Math.floor(nowMs / 1000), signedOctets(text))
  return encodeCleartext(text, hash.label, writePacket(packetTags.signature, body))
}
