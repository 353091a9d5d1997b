/** Client certificates: the subject's common name is the user, its organizations are the groups. The adapter has verified the chain. */
import { X509Certificate } from 'node:crypto'
import { unauthorized } from '#apimachinery/status-error.ts'
import type { Authenticator, UserInfo } from '../types.ts'

const clientAuthOid = '1.3.6.1.5.5.7.3.2'
/** Connections repeat the same few certificates. */
const maxCached = 1024

interface Cached {
  readonly user: UserInfo | undefined
  readonly notAfterMs: number
}

export interface X509Options {
  /**
   * PEM of the CA whose clients are users. Give it when the listener trusts further CAs (the front proxy's), whose
   * certificates must not name users; a certificate of those is no credential here.
   */
  readonly ca?: string
  /** Guards connections that outlive their certificate. */
  readonly now?: () => number
}

export function x509Authenticator({ ca, now = Date.now }: X509Options = {}): Authenticator {
  const authority = ca === undefined ? undefined : new X509Certificate(ca)
  const cache = new Map<string, Cached>()
  /** A connection shows the same bytes at each of its requests. */
  const ofConnection = new WeakMap<Uint8Array, Cached>()
  return {
    name: 'x509',
    async authenticate({ clientCertificate }) {
      if (!clientCertificate) return undefined
      let found = ofConnection.get(clientCertificate)
      if (!found) {
        const key = Buffer.from(clientCertificate).toString('latin1')
        found = cache.get(key) ?? read(clientCertificate, authority)
        if (!cache.has(key) && cache.size >= maxCached) cache.delete(cache.keys().next().value!)
        cache.set(key, found)
        ofConnection.set(clientCertificate, found)
      }
      if (now() > found.notAfterMs) throw unauthorized()
      return found.user
    },
  }
}

function read(der: Uint8Array, authority: X509Certificate | undefined): Cached {
  const certificate = new X509Certificate(der)
  const notAfterMs = certificate.validToDate.getTime()
  if (authority && !(certificate.checkIssued(authority) && certificate.verify(authority.publicKey))) return { user: undefined, notAfterMs }
  const usages = certificate.keyUsage
  if (usages && !usages.includes(clientAuthOid)) throw unauthorized()
  const subject = certificate.toLegacyObject().subject as Record<string, string | string[] | undefined>
  const name = [subject.CN].flat()[0]
  if (!name) return { user: undefined, notAfterMs }
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return {
    user: {
      name,
      groups: [subject.O].flat().filter((each) => each !== undefined),
      extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
    },
    notAfterMs,
  }
}
