/** Tokens kept in Secrets of type kubernetes.io/service-account-token: without an end, valid as long as the Secret holds them. */
import { timingSafeEqual } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { UserInfo } from '../types.ts'
import { InvalidTokenError, type TokenGetters } from './types.ts'
import { serviceAccountGroups, serviceAccountUserName } from './users.ts'

export const legacyIssuer = 'kubernetes/serviceaccount'
const prefix = 'kubernetes.io/serviceaccount'

export async function checkLegacyClaims(token: string, payload: JWTPayload, getters: TokenGetters): Promise<UserInfo> {
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
  const held = Buffer.from(secret.data?.token ?? '', 'base64')
  const given = Buffer.from(token)
  if (held.length !== given.length || !timingSafeEqual(held, given)) throw new InvalidTokenError("service account token does not match server's copy")
  const account = await getters.serviceAccount(namespace, name)
  if (!account || account.metadata.deletionTimestamp) throw new InvalidTokenError(`service account ${namespace}/${name} has been deleted`)
  if (account.metadata.uid !== uid) throw new InvalidTokenError(`service account UID (${account.metadata.uid ?? ''}) does not match claim (${uid})`)
  return { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace) }
}
