/** Tokens kept in Secrets of type kubernetes.io/service-account-token: without an end, valid as long as the Secret holds them. */
import { timingSafeEqual } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { UserInfo } from '../types.ts'
import { InvalidTokenError, type TokenGetters } from './types.ts'
import { serviceAccountGroups, serviceAccountUserName } from './users.ts'

export const legacyIssuer = 'kubernetes/serviceaccount'
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since'
const prefix = 'kubernetes.io/serviceaccount'

export async function checkLegacyClaims(token: string, payload: JWTPayload, getters: TokenGetters, nowMs: number): Promise<UserInfo> {
  const claim = (name: string): string => {
    const value = payload[`${prefix}/${name}`]
    if (typeof value !== 'string' || value === '') throw new InvalidTokenError(`${name} claim is missing`)
    return value
  }
  const namespace = claim('namespace')
  const name = claim('service-account.name')
  const uid = claim('service-account.uid')
  const secretName = claim('secret.name')
  if (payload.sub !== serviceAccountUserName(namespace, name)) throw new InvalidTokenError('sub claim is invalid')
  const secret = await getters.secret(namespace, secretName)
  if (!secret) throw new InvalidTokenError('service account token has been invalidated')
  if (secret.metadata.deletionTimestamp) throw new InvalidTokenError('service account token has been invalidated')
  // The cleaner's mark on a token that nobody used for a year.
  if (secret.metadata.labels?.[invalidSinceLabel] !== undefined) {
    throw new InvalidTokenError(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
    )
  }
  const held = Buffer.from(secret.data?.token ?? '', 'base64')
  const given = Buffer.from(token)
  if (held.length !== given.length || !timingSafeEqual(held, given)) throw new InvalidTokenError("service account token does not match server's copy")
  const account = await getters.serviceAccount(namespace, name)
  if (!account || account.metadata.deletionTimestamp) throw new InvalidTokenError(`service account ${namespace}/${name} has been deleted`)
  if (account.metadata.uid !== uid) throw new InvalidTokenError(`service account UID (${account.metadata.uid ?? ''}) does not match claim (${uid})`)
  const day = new Date(nowMs).toISOString().slice(0, 10)
  if (secret.metadata.labels?.['kubernetes.io/legacy-token-last-used'] !== day) getters.noteUse?.(secret, day)
  return { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace) }
}
