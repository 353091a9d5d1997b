/**
 * A trusted proxy in front (the aggregation layer's other side): X-Remote-User, X-Remote-Group, X-Remote-Extra-*.
 * Believed only from a client whose certificate the front-proxy CA signed.
 */
import { X509Certificate } from 'node:crypto'
import type { Authenticator } from '../types.ts'

export interface RequestHeaderOptions {
  /** The front-proxy CA's PEM. */
  readonly ca: string
  /** Common names that may ask so; empty: any. */
  readonly allowedNames?: readonly string[]
  readonly now?: () => number
}

const extraPrefix = 'x-remote-extra-'

export function requestHeaderAuthenticator({ ca, allowedNames = [], now = Date.now }: RequestHeaderOptions): Authenticator {
  const authority = new X509Certificate(ca)
  const trusts = (der: Uint8Array): boolean => {
    const certificate = new X509Certificate(der)
    const name = [(certificate.toLegacyObject().subject as Record<string, string | string[] | undefined>).CN].flat()[0] ?? ''
    return (
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey) &&
      certificate.validFromDate.getTime() <= now() &&
      certificate.validToDate.getTime() >= now() &&
      (allowedNames.length === 0 || allowedNames.includes(name))
    )
  }
  return {
    name: 'request-header',
    async authenticate({ headers, clientCertificate }) {
      const name = headers['x-remote-user']
      if (!name || !clientCertificate || !trusts(clientCertificate)) return undefined
      const extra: Record<string, string[]> = {}
      for (const [header, value] of Object.entries(headers))
        if (header.startsWith(extraPrefix) && value !== undefined) extra[decodeHeaderKey(header.slice(extraPrefix.length))] = listOf(value)
      const uid = headers['x-remote-uid']
      return { name, ...(uid ? { uid } : {}), groups: listOf(headers['x-remote-group'] ?? ''), ...(Object.keys(extra).length > 0 ? { extra } : {}) }
    },
  }
}

/** Repeated headers arrive joined by commas. */
export function listOf(header: string): string[] {
  return header
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

/** Keys of extra are percent-encoded in header names; a bad encoding stands for itself. */
export function decodeHeaderKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
