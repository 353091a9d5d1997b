/** The certificate for a server name, from the table's Secrets; made once for each content. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Logger } from '#base/log.ts'
import { hostEntry } from './match.ts'
import type { IngressState } from './types.ts'

export class Certificates {
  readonly #state: IngressState
  readonly #log: Logger
  readonly #made = new Map<string, { source: object; context: SecureContext | undefined }>()

  constructor(state: IngressState, log: Logger) {
    this.#state = state
    this.#log = log
  }

  /** Nothing when there is none, and the server's own is shown. */
  contextFor(serverName: string): SecureContext | undefined {
    const { certificates } = this.#state.table
    const key = hostEntry(certificates, serverName.toLowerCase())
    const secret = key === undefined ? undefined : this.#state.secret(key)
    if (key === undefined || !secret) return undefined
    const known = this.#made.get(key)
    if (known?.source === secret) return known.context
    const context = this.#make(key, secret)
    // Secrets that no Ingress names any more are forgotten.
    for (const each of this.#made.keys()) if (!this.#state.table.secrets.has(each)) this.#made.delete(each)
    this.#made.set(key, { source: secret, context })
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

  #make(key: string, secret: Readonly<Record<string, Buffer>>): SecureContext | undefined {
    try {
      return createSecureContext({ cert: secret['tls.crt'], key: secret['tls.key'], minVersion: 'TLSv1.2' })
    } catch (error) {
      this.#log.warn('a TLS Secret holds no usable certificate', { secret: key, error: (error as Error).message })
      return undefined
    }
  }
}
