/** How an endpoint is met over TLS where an Ingress says so (ingress-nginx: proxy-ssl-*). */
import { createHash } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { IngressState, UpstreamTlsOptions } from '../types.ts'

export interface UpstreamTls {
  /** Equal for those who may share connections. */
  readonly key: string
  readonly options: ConnectionOptions
}

/** Without an Ingress' word backends show certificates that no client would know, and nginx does not check them either. */
export const plainTls: UpstreamTls = { key: '', options: { rejectUnauthorized: false } }

/** By the Secret as it is now; without its CAs nothing passes a check. */
export function upstreamTlsOf({ secret, name, tellName, verify }: UpstreamTlsOptions, state: IngressState): UpstreamTls {
  const values = secret === undefined ? undefined : state.secret(secret)
  const { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = values ?? {}
  const words = createHash('sha256')
  for (const each of [name, tellName, verify, cert, key, ca]) words.update(`${each}\0`)
  return {
    key: words.digest('base64'),
    options: {
      ...(cert && key ? { cert, key } : {}),
      ca: ca ?? [],
      rejectUnauthorized: verify,
      servername: tellName && name !== undefined ? name : '',
      ...(name === undefined ? {} : { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) }),
    },
  }
}
