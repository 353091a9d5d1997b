/** Contracts of authentication beyond `Authenticator`: bearer tokens, and what tokens are bound to. */
import type { Node, Pod, Secret, ServiceAccount } from '#api/gen/core/v1.ts'
import type { UserInfo } from '../types.ts'

/** A token that is of this authenticator's kind and is not valid. The text is for TokenReview and the log, never for the asking client. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError'
}

export interface TokenUser {
  readonly user: UserInfo
  /** Which of the wanted audiences the token is for; absent when the authenticator knows of none. */
  readonly audiences?: readonly string[]
}

export interface TokenAuthenticator {
  readonly name: string
  /** Undefined: not a token of this kind. Throws InvalidTokenError. `audiences`: at least one must fit; default the API server's. */
  authenticateToken(token: string, audiences?: readonly string[]): Promise<TokenUser | undefined>
}

/** Looks up what a token is bound to. */
export interface TokenGetters {
  serviceAccount(namespace: string, name: string): Promise<ServiceAccount | undefined>
  pod(namespace: string, name: string): Promise<Pod | undefined>
  secret(namespace: string, name: string): Promise<Secret | undefined>
  node(name: string): Promise<Node | undefined>
  /** Notes on a legacy token's Secret the day on which it was used last; in the background, and a failure is no failure. */
  noteUse?(secret: Secret, day: string): void
}

export interface ObjectIdentity {
  readonly name: string
  readonly uid?: string | undefined
}

/** The private claims of a bound token. */
export interface KubernetesClaims {
  readonly namespace: string
  readonly serviceaccount: ObjectIdentity
  readonly pod?: ObjectIdentity
  readonly secret?: ObjectIdentity
  readonly node?: ObjectIdentity
  /** Seconds: the token should have been renewed by then. */
  readonly warnafter?: number
}
