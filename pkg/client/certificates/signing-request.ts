/** A new key and the request for its certificate. */
import { isIP } from 'node:net'

export interface RequestedSubject {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames?: readonly string[]
  /** What is no IP address is left out. */
  readonly addresses?: readonly string[]
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Both in PEM. The library is loaded when it is first needed: most kubelets never ask. */
export async function newSigningRequest({
  commonName,
  organizations,
  dnsNames = [],
  addresses = [],
}: RequestedSubject): Promise<{ request: string; key: string }> {
  await import('#base/reflect-metadata.ts')
  const x509 = await import('@peculiar/x509')
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.filter((each) => isIP(each) !== 0).map((value) => ({ type: 'ip' as const, value })),
  ]
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((each) => ({ O: [each] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  })
  const lines =
    Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return { request: `${request.toString('pem')}\n`, key: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n` }
}
