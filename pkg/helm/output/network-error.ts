/** What the network refused, as Go's net and crypto/tls tell it. */
export interface NetworkError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly host?: string
  readonly cert?: { readonly subjectaltname?: string }
  readonly errors?: readonly NetworkError[]
}

const unverified = 'tls: failed to verify certificate: x509: '
const unreached: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
}
const alerts: readonly (readonly [RegExp, string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED/, 'certificate required'],
  [/ALERT_UNKNOWN_CA/, 'unknown certificate authority'],
  [/ALERT_BAD_CERTIFICATE/, 'bad certificate'],
  [/ALERT_HANDSHAKE_FAILURE/, 'handshake failure'],
]

export function networkWords(given: NetworkError): string {
  const error = given.errors?.[0] ?? given
  const { code = '', message, address = '', port = 0 } = error
  if (unreached[code] && address !== '') return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: connect: ${unreached[code]}`
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${error.hostname}: no such host`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `${unverified}certificate signed by unknown authority`
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `${unverified}certificate has expired or is not yet valid`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return unverified + otherName(error)
  }
  if (error.name === 'TimeoutError') return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  if (message === 'socket hang up') return 'EOF'
  if (/wrong version number|packet length too long|record layer failure/i.test(message)) return 'http: server gave HTTP response to HTTPS client'
  const alert = alerts.find(([pattern]) => pattern.test(code))
  return alert ? `remote error: tls: ${alert[1]}` : message || code
}

function otherName({ host = '', cert }: NetworkError): string {
  const names = [...(cert?.subjectaltname ?? '').matchAll(/(DNS|IP Address):([^,\s]+)/g)].map(([, kind, name]) => ({ kind, name }))
  const isAddress = /^[\d.]+$|:/.test(host)
  const fitting = names.filter(({ kind }) => (kind === 'DNS') !== isAddress).map(({ name }) => name)
  if (fitting.length > 0) return `certificate is valid for ${fitting.join(', ')}, not ${host}`
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}
