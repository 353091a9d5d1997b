/** Whether the certificates of a kubeconfig's authority can be read, told as client-go's transport does. */
import { CommandError } from '../errors.ts'

/** Throws when there is no certificate in the PEM text; one that can be read is enough. */
export function checkRootCertificates(pem: string): void {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  let blocks = 0
  let broken = false
  for (const [block, kind, body] of pem.matchAll(/-----BEGIN ([^\n]+?)-----([\s\S]*?)-----END \1-----/g)) {
    blocks++
    if (kind !== 'CERTIFICATE' || body!.includes(':')) continue
    try {
      new X509Certificate(block)
      return
    } catch {
      broken = true
    }
  }
  const why = broken
    ? 'failed to parse certificate: x509: malformed certificate'
    : blocks > 0
      ? 'no valid certificate authority data seen'
      : 'unable to parse bytes as PEM block'
  throw new CommandError(`error: unable to load root certificates: ${why}`)
}
