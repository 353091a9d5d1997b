/** Signs service-account tokens with the claims upstream gives them (pkg/serviceaccount, KEP-1205, KEP-4193). */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Clock, systemClock } from '#base/clock.ts'
import { type SigningKey, signingKey } from './signing-keys.ts'
import type { KubernetesClaims, ObjectIdentity } from './types.ts'
import { serviceAccountUserName } from './users.ts'

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'

export interface TokenIssuerOptions {
  /** PEM of the private key. */
  readonly privateKey: string
  readonly issuer?: string
  readonly clock?: Clock
}

export interface TokenClaims {
  readonly namespace: string
  readonly serviceAccount: ObjectIdentity
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  /** The token says to renew it after this long. */
  readonly warnAfterSeconds?: number | undefined
  readonly pod?: ObjectIdentity | undefined
  readonly secret?: ObjectIdentity | undefined
  readonly node?: ObjectIdentity | undefined
}

export class TokenIssuer {
  readonly issuer: string
  readonly key: SigningKey
  readonly #clock: Clock

  constructor({ privateKey, issuer = defaultIssuer, clock = systemClock }: TokenIssuerOptions) {
    this.issuer = issuer
    this.key = signingKey(privateKey)
    this.#clock = clock
  }

  async issue(claims: TokenClaims): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000)
    const { namespace, serviceAccount, pod, secret, node, warnAfterSeconds } = claims
    const kubernetes: KubernetesClaims = {
      namespace,
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      ...(secret ? { secret } : {}),
      serviceaccount: serviceAccount,
      ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
    }
    return new SignJWT({
      aud: [...claims.audiences],
      exp: now + claims.expirationSeconds,
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      'kubernetes.io': kubernetes,
      nbf: now,
      sub: serviceAccountUserName(namespace, serviceAccount.name),
    })
      .setProtectedHeader({ alg: this.key.algorithm, kid: this.key.id })
      .sign(this.key.privateKey)
  }
}
