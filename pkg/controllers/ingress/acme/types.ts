/** Contracts of the ACME issuer (RFC 8555). */

/** What `kube-system/k8ts-acme` says. */
export interface AcmeConfig {
  /** URL of the server's directory. */
  readonly server: string
  readonly email?: string
  /** PEM of the CA of a server that is not publicly trusted. */
  readonly caCertificate?: string
  /** Names of issuers that mean this server; absent: every name does. */
  readonly issuers?: readonly string[]
}

export interface AcmeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** One request to the server, over HTTPS with the right CA; bounded in time and size. */
export type AcmeTransport = (url: string, options: { readonly method: 'GET' | 'HEAD' | 'POST'; readonly body?: string }) => Promise<AcmeAnswer>

/** What the server said was wrong (its problem document), or the way to it. */
export class AcmeError extends Error {
  /** "urn:ietf:params:acme:error:rateLimited", when the server named one. */
  readonly type: string | undefined
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, { type, retryAfterMs }: { type?: string; retryAfterMs?: number } = {}) {
    super(message)
    this.type = type
    this.retryAfterMs = retryAfterMs
  }
}
