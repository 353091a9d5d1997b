/** The certificate for a server name, from the table's Secrets; made once for each content. */
import { constants, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Logger } from '#base/log.ts'
import { hostEntry } from '../routes/match.ts'
import type { IngressState } from '../types.ts'

type Values = Readonly<Record<string, Buffer>>

export interface CertificatesOptions {
  readonly state: IngressState
  readonly log: Logger
  /** Shown to those who ask for a name without a certificate (PEM). */
  readonly fallback: { readonly cert: string; readonly key: string }
}

interface Made {
  /** The Secrets as they were. */
  readonly sources: readonly (Values | undefined)[]
  readonly context: SecureContext | undefined
}

export class Certificates {
  readonly fallback: CertificatesOptions['fallback']
  readonly #state: IngressState
  readonly #log: Logger
  readonly #made = new Map<string, Made>()
  /** Those that ask clients for theirs: by certificate and CA. */
  readonly #asking = new Map<string, Made>()

  constructor({ state, log, fallback }: CertificatesOptions) {
    this.fallback = fallback
    this.#state = state
    this.#log = log
  }

  /** Nothing when there is none, and the server's own is shown. */
  contextFor(serverName: string): SecureContext | undefined {
    const { certificates } = this.#state.table
    const key = hostEntry(certificates, serverName.toLowerCase())
    const secret = key === undefined ? undefined : this.#state.secret(key)
    if (key === undefined || !secret) return undefined
    return this.#kept(this.#made, key, [secret], () => createSecureContext({ cert: secret['tls.crt'], key: secret['tls.key'], minVersion: 'TLSv1.2' }))
  }

  /** For a host that asks clients for certificates. Nothing when they cannot be checked: a connection that was not checked must not come about. */
  askingContextFor(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase()
    const { certificates, hosts } = this.#state.table
    const auth = hostEntry(hosts, name)?.clientAuth
    const authorities = auth && this.#state.secret(auth.secret)
    if (!authorities?.['ca.crt']) return undefined
    const key = hostEntry(certificates, name)
    const own = key === undefined ? undefined : this.#state.secret(key)
    return this.#kept(this.#asking, `${key} ${auth?.secret}`, [own, authorities], () => {
      const [cert, privateKey] = own?.['tls.crt'] ? [own['tls.crt'], own['tls.key']] : [this.fallback.cert, this.fallback.key]
      const { 'ca.crt': ca, 'ca.crl': crl } = authorities
      // Tickets would let those in again whose certificate has been revoked meanwhile.
      return createSecureContext({ cert, key: privateKey, ca, ...(crl ? { crl } : {}), minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET })
    })
  }

  /** What was made of these Secrets; made anew when one of them is another. */
  #kept(made: Map<string, Made>, key: string, sources: Made['sources'], make: () => SecureContext): SecureContext | undefined {
    const known = made.get(key)
    if (known?.sources.every((each, index) => each === sources[index])) return known.context
    const context = this.#make(key, make)
    // Secrets that no Ingress names any more are forgotten.
    const { secrets } = this.#state.table
    for (const each of made.keys()) if (!each.split(' ').some((name) => secrets.has(name))) made.delete(each)
    made.set(key, { sources, context })
    return context
  }

  /** When the certificates end that are in use. */
  expiries(): { host: string; secret: string; expiresAt: number }[] {
    return [...this.#state.table.certificates].flatMap(([host, secret]) => {
      const pem = this.#state.secret(secret)?.['tls.crt']
      if (!pem) return []
      try {
        return [{ host, secret, expiresAt: new X509Certificate(pem).validToDate.getTime() }]
      } catch {
        return []
      }
    })
  }

  #make(key: string, make: () => SecureContext): SecureContext | undefined {
    try {
      return make()
    } catch (error) {
      this.#log.warn('a TLS Secret holds no usable certificate', { secret: key, error: (error as Error).message })
      return undefined
    }
  }
}
