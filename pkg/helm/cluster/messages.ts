/** Failures of requests in the words of Go's client. */
import { StatusError } from '#apimachinery/status-error.ts'

interface NetworkError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly errors?: readonly NetworkError[]
}

/** `server`: where the request went, for failures without an answer. */
export function goMessage(error: unknown, server = ''): string {
  if (!(error instanceof StatusError)) return error instanceof Error ? error.message : String(error)
  const cause = error.cause as NetworkError | undefined
  if (error.reason !== 'ServiceUnavailable' || !(cause instanceof Error)) return error.message
  const inner = cause.errors?.[0] ?? cause
  const [, method = 'GET', path = ''] = /^([A-Z]+) (\S+):/.exec(error.message) ?? []
  const verb = method[0] + method.slice(1).toLowerCase()
  return `${verb} ${JSON.stringify(server + path)}: ${networkWords(inner)}`
}

function networkWords(error: NetworkError): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${error.address?.includes(':') ? `[${error.address}]` : (error.address ?? '')}:${error.port ?? 0}: connect: connection refused`
    case 'ENOTFOUND':
      return `dial tcp: lookup ${error.hostname}: no such host`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
  }
  return error.message || String(error.code)
}
