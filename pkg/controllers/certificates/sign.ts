/** The certificate for an approved request. */
import { createPrivateKey, randomBytes } from 'node:crypto'
import type { ControllerSettings } from '../types.ts'
import { library, type ParsedRequest } from './request.ts'

const yearSeconds = 365 * 24 * 3600
const shortestSeconds = 600
/** Begins earlier than now, so that a client whose clock is behind accepts it. */
const backdateMs = 300_000

export async function signRequest(
  request: ParsedRequest,
  { usages, expirationSeconds }: { usages: readonly string[]; expirationSeconds?: number | undefined },
  { caCertificate, caKey, durationSeconds = yearSeconds }: NonNullable<ControllerSettings['clusterSigning']>,
  nowMs: number,
): Promise<string> {
  const x509 = await library()
  const ca = new x509.X509Certificate(caCertificate)
  const seconds = Math.min(durationSeconds, Math.max(shortestSeconds, expirationSeconds ?? durationSeconds))
  const caAlgorithm = { ...ca.publicKey.algorithm, hash: 'SHA-256' } as { name: string; namedCurve: string; hash: string }
  const keyBytes = createPrivateKey(caKey).export({ type: 'pkcs8', format: 'der' })
  const names = [...request.dnsNames.map((value) => ({ type: 'dns' as const, value })), ...request.addresses.map((value) => ({ type: 'ip' as const, value }))]
  const extended = [
    ...(usages.includes('server auth') ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ...(usages.includes('client auth') ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ]
  const keyUsage =
    (usages.includes('digital signature') ? x509.KeyUsageFlags.digitalSignature : 0) |
    (usages.includes('key encipherment') ? x509.KeyUsageFlags.keyEncipherment : 0)
  const serial = randomBytes(16)
  // Positive and without a leading zero byte, as DER integers want it.
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject: [...request.subject],
    issuer: ca.subjectName.toJSON(),
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(Math.min(nowMs + seconds * 1000, ca.notAfter.getTime())),
    signingAlgorithm: { ...ca.publicKey.algorithm, hash: 'SHA-256' } as { name: string; namedCurve: string; hash: string },
    publicKey: request.publicKey,
    signingKey: await crypto.subtle.importKey('pkcs8', keyBytes, caAlgorithm, false, ['sign']),
    extensions: [
      ...(keyUsage ? [new x509.KeyUsagesExtension(keyUsage, true)] : []),
      ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(await ca.publicKey.export()),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return `${certificate.toString('pem')}\n`
}
