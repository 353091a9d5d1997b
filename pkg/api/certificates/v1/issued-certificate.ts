/** What a signer hands back: certificates in PEM, and nothing else between them. */
import { X509Certificate } from 'node:crypto'

/** What is wrong with the chain (base64 of PEM), or undefined. */
export function complaintAboutCertificate(certificate: string | undefined): string | undefined {
  if (!certificate) return undefined
  const pem = Buffer.from(certificate, 'base64').toString('latin1')
  const blocks = [...pem.matchAll(/-----BEGIN ([^-\n]*)-----\r?\n([\s\S]*?)-----END \1-----/g)]
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const [whole, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (body.includes(':')) return 'no PEM block headers are permitted'
    try {
      new X509Certificate(whole)
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return undefined
}
