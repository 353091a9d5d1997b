/** Whether a bundle of certificates can be read (k8s.io/client-go/transport, with crypto/x509's CertPool). */
import { X509Certificate } from 'node:crypto'

const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[A-Za-z0-9+/=\s]*-----END \1-----/g

/** Undefined when at least one certificate can be read; `bundle` is base64 of PEM. */
export function caBundleError(bundle: string): string | undefined {
  const blocks = [...Buffer.from(bundle, 'base64').toString('latin1').matchAll(block)]
  const failure = (why: string) => `unable to load root certificates: ${why}`
  if (blocks.length === 0) return failure('unable to parse bytes as PEM block')
  const certificates = blocks.filter(([, type]) => type === 'CERTIFICATE').map(([text]) => text)
  if (certificates.some(isReadable)) return undefined
  return failure(certificates.length > 0 ? 'failed to parse certificate: x509: malformed certificate' : 'no valid certificate authority data seen')
}

function isReadable(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}
