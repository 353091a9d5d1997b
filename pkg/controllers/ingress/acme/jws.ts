/** Requests signed by the account's key (RFC 7515, ES256), and its thumbprint (RFC 7638). */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'

const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url')

/** In the order that thumbprints are made of. */
function publicJwk(key: KeyObject): { crv: string; kty: string; x: string; y: string } {
  const { crv, x, y } = createPublicKey(key).export({ format: 'jwk' })
  if (crv !== 'P-256' || !x || !y) throw new Error('the ACME account key must be an ECDSA key on P-256')
  return { crv, kty: 'EC', x, y }
}

export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url')
}

/** `payload` undefined is POST-as-GET; without `account` the key itself stands in the head. */
export function signedRequest(key: KeyObject, head: { url: string; nonce: string; account: string | undefined }, payload: object | undefined): string {
  const { account, ...rest } = head
  const protectedHead = base64url(JSON.stringify({ alg: 'ES256', ...rest, ...(account ? { kid: account } : { jwk: publicJwk(key) }) }))
  const body = payload === undefined ? '' : base64url(JSON.stringify(payload))
  const signature = sign('sha256', Buffer.from(`${protectedHead}.${body}`), { key, dsaEncoding: 'ieee-p1363' })
  return JSON.stringify({ protected: protectedHead, payload: body, signature: base64url(signature) })
}
