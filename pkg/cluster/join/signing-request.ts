/** A PKCS#10 request by the owner of a key. The library is loaded when first needed: once in a node's life, and at renewals. */
import { isIP } from 'node:net'
import type { PemKeys } from '../pki/issue.ts'
import type { CertificateRequest } from '../pki/types.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export async function signingRequest(request: Omit<CertificateRequest, 'usages'>, keys: PemKeys): Promise<string> {
  await import('#base/reflect-metadata.ts')
  const x509 = await import('@peculiar/x509')
  const { commonName, organizations = [], dnsNames = [], addresses = [] } = request
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.filter((value) => isIP(value) !== 0).map((value) => ({ type: 'ip' as const, value })),
  ]
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((each) => ({ O: [each] })), { CN: [commonName] }],
    keys: {
      privateKey: await crypto.subtle.importKey('pkcs8', der(keys.privateKey), algorithm, true, ['sign']),
      publicKey: await crypto.subtle.importKey('spki', der(keys.publicKey), algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  })
  return `${made.toString('pem')}\n`
}

function der(pem: string): Buffer<ArrayBuffer> {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
}
