/** What goes wrong with a connection, in the words of Go's net and crypto/tls. */
import { isIP } from 'node:net'

/** As crypto/x509 says that a certificate is not for a host. */
function otherNames({ host = '', cert }: { readonly host?: string; readonly cert?: { readonly subjectaltname?: string } }): string {
  const names = (cert?.subjectaltname ?? '').split(', ').filter((each) => each !== '')
  const of = (kind: string): string[] => names.filter((each) => each.startsWith(kind)).map((each) => each.slice(kind.length))
  const isAddress = isIP(host) !== 0
  const valid = of(isAddress ? 'IP Address:' : 'DNS:')
  if (valid.length > 0) return `certificate is valid for ${valid.join(', ')}, not ${host}`
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}

export function inGoWords(error: unknown, { host, port }: { readonly host: string; readonly port: number }): string {
  const { code, name, message } = error as { code?: string; name?: string; message: string }
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR') return 'context deadline exceeded'
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: connect: connection refused`
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`
    case 'ECONNRESET':
      return 'EOF'
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${otherNames(error as { host?: string; cert?: { subjectaltname?: string } })}`
    default:
      return message
  }
}
