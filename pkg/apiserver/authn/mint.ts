/** Mints the tokens of service-account-token Secrets: the legacy form, which ends with its Secret. */
import { SignJWT } from 'jose'
import { legacyIssuer } from './legacy-token.ts'
import { signingKey } from './signing-keys.ts'
import { serviceAccountUserName } from './users.ts'

export interface LegacyTokenClaims {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly secretName: string
}

/** `privateKey`: PEM of the service-account signing key. */
export function createTokenMinter(privateKey: string): (claims: LegacyTokenClaims) => Promise<string> {
  const key = signingKey(privateKey)
  return ({ namespace, name, uid, secretName }) =>
    new SignJWT({
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': secretName,
      'kubernetes.io/serviceaccount/service-account.name': name,
      'kubernetes.io/serviceaccount/service-account.uid': uid,
    })
      .setProtectedHeader({ alg: key.algorithm, kid: key.id })
      .setIssuer(legacyIssuer)
      .setSubject(serviceAccountUserName(namespace, name))
      .sign(key.privateKey)
}
