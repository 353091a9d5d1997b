/** What a verified bound token claims, held against the cluster's state. */
import type { JWTPayload } from 'jose'
import type { KubeObject } from '#apimachinery/object.ts'
import type { UserInfo } from '../types.ts'
import { InvalidTokenError, type KubernetesClaims, type ObjectIdentity, type TokenGetters } from './types.ts'
import { serviceAccountGroups, serviceAccountUserName } from './users.ts'

/** Objects being deleted stay good this long, so that a pod can shut down in order. */
const deletionLeewayMs = 60_000
/** How far clocks may differ. */
const clockSkewMs = 60_000

const extraPrefix = 'authentication.kubernetes.io'

export async function checkBoundClaims(payload: JWTPayload, getters: TokenGetters, now: number): Promise<UserInfo> {
  checkTimes(payload, now)
  const claims = payload['kubernetes.io'] as KubernetesClaims | undefined
  if (!claims?.namespace || !claims.serviceaccount?.name) throw new InvalidTokenError('token could not be validated: no kubernetes.io claims')
  const { namespace, serviceaccount, pod, secret, node } = claims
  await mustExist('service account', serviceaccount, now, () => getters.serviceAccount(namespace, serviceaccount.name))
  if (secret) await mustExist('secret', secret, now, () => getters.secret(namespace, secret.name))
  if (pod) await mustExist('pod', pod, now, () => getters.pod(namespace, pod.name))
  // A pod's token names its node for information; only a token bound to the node itself ends with it.
  if (node && !pod) await mustExist('node', node, now, () => getters.node(node.name))
  return {
    name: serviceAccountUserName(namespace, serviceaccount.name),
    ...(serviceaccount.uid ? { uid: serviceaccount.uid } : {}),
    groups: serviceAccountGroups(namespace),
    extra: {
      ...(payload.jti ? { [`${extraPrefix}/credential-id`]: [`JTI=${payload.jti}`] } : {}),
      ...(node ? { [`${extraPrefix}/node-name`]: [node.name], ...(node.uid ? { [`${extraPrefix}/node-uid`]: [node.uid] } : {}) } : {}),
      ...(pod ? { [`${extraPrefix}/pod-name`]: [pod.name], [`${extraPrefix}/pod-uid`]: [pod.uid ?? ''] } : {}),
    },
  }
}

function checkTimes({ exp, nbf, iat }: JWTPayload, now: number): void {
  if (exp === undefined || exp * 1000 <= now) throw new InvalidTokenError('service account token has expired')
  if ((nbf !== undefined && nbf * 1000 > now + clockSkewMs) || (iat !== undefined && iat * 1000 > now + clockSkewMs))
    throw new InvalidTokenError('service account token is not valid yet')
}

async function mustExist(what: string, claimed: ObjectIdentity, now: number, get: () => Promise<KubeObject | undefined>): Promise<void> {
  const found = await get()
  if (!found) throw new InvalidTokenError(`service account token has been invalidated: ${what} "${claimed.name}" not found`)
  const { uid, deletionTimestamp } = found.metadata
  if (deletionTimestamp && Date.parse(deletionTimestamp) < now - deletionLeewayMs)
    throw new InvalidTokenError(`service account token has been invalidated: ${what} "${claimed.name}" has been deleted`)
  if (claimed.uid !== uid) throw new InvalidTokenError(`${what} UID (${uid ?? ''}) does not match claim (${claimed.uid ?? ''})`)
}
