/** Certificates that clients show (ingress-nginx: auth-tls-*): who may come, and what the backend is told of them. */
import type { X509Certificate } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { type Answer, originOf, type Ports, type RequestFacts } from '../answer/answers.ts'
import { hostName } from '../request/facts.ts'
import type { ClientAuth, IngressState } from '../types.ts'

/** What of a TLS connection matters here; HTTP/2 shows no more of its socket. */
export type ClientSocket = Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerX509Certificate' | 'getPeerCertificate'> & {
  readonly servername?: string | false | null
}

export interface ClientVerdict {
  /** The refusal, or nothing. */
  readonly answer?: Answer
  /** What the backend is told; what is undefined it is not told, whatever the client said. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Faults of certificates that `optional_no_ca` lets pass: those of whoever signed them, not of the certificate itself. */
const faultsOfAuthorities = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** `socket`: of a connection that was asked for a certificate, or nothing. */
export function judgeClient(auth: ClientAuth, facts: RequestFacts, socket: ClientSocket | undefined, state: IngressState, ports: Ports): ClientVerdict {
  // Without its CA the host is closed, as with ingress-nginx.
  if (!state.secret(auth.secret)?.['ca.crt']) return refused({ status: 403 })
  if (facts.scheme === 'http') return refused({ status: 308, headers: { location: `${originOf('https', facts.host, ports)}${facts.target}` } })
  // Asked for another host, where other certificates are good, or none is needed (RFC 9110, 15.5.20).
  if (!socket || String(socket.servername || '').toLowerCase() !== hostName(facts.host)) return refused({ status: 421 })
  const certificate = socket.getPeerX509Certificate()
  const fault = certificate && faultOf(auth, socket)
  const verify = certificate === undefined ? 'NONE' : fault === undefined ? 'SUCCESS' : `FAILED:${fault}`
  const passes = certificate === undefined ? auth.mode !== 'on' : fault === undefined || (auth.mode === 'optional_no_ca' && faultsOfAuthorities.has(fault))
  if (!passes) {
    const { errorPage } = auth
    const text = certificate === undefined ? 'No required SSL certificate was sent' : 'The SSL certificate error'
    return refused(errorPage === undefined ? { status: 400, body: `${text}\n` } : { status: 302, headers: { location: errorPage } })
  }
  const subject = certificate && nameOf(certificate.subject)
  if (auth.subjectPattern && !auth.subjectPattern.test(subject ?? '')) return refused({ status: 403, body: 'client certificate unauthorized\n' })
  return {
    headers: {
      'ssl-client-verify': verify,
      'ssl-client-subject-dn': subject,
      'ssl-client-issuer-dn': certificate && nameOf(certificate.issuer),
      'ssl-client-cert': auth.passCertificate ? certificate && encoded(certificate) : undefined,
    },
  }
}

function refused(answer: Answer): ClientVerdict {
  return { answer, headers: {} }
}

function faultOf({ depth }: ClientAuth, socket: ClientSocket): string | undefined {
  if (!socket.authorized) return String(socket.authorizationError || 'certificate verify error')
  return intermediates(socket.getPeerCertificate(true)) > depth ? 'CERT_CHAIN_TOO_LONG' : undefined
}

/** How many certificates stand between the client's own and that of the CA, which has signed itself. */
function intermediates(leaf: Chained): number {
  let count = 0
  for (let each = leaf.issuerCertificate; each && !isDeepStrictEqual(each.subject, each.issuer) && count < 100; each = each.issuerCertificate) count++
  return count
}

type Chained = PeerCertificate & { readonly issuerCertificate?: Chained }

/** "CN=me,O=us": the parts in RFC 2253's order. */
function nameOf(lines: string | undefined): string | undefined {
  return lines?.split('\n').filter(Boolean).reverse().join(',')
}

function encoded(certificate: X509Certificate): string {
  return encodeURIComponent(certificate.toString())
}
