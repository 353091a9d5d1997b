/**
 * Makes certificates: ECDSA P-256, signed with SHA-256. The library is loaded on first use, because most starts
 * find every certificate in place.
 */
import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { CertificateRequest } from './types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** kubeadm's: ten years for a CA, one for the rest. */
export const caLifetimeMs = 3650 * dayMs
export const leafLifetimeMs = 365 * dayMs
/** Begins earlier than now, so that a client whose clock is behind accepts it. */
const backdateMs = hourMs

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const

async function library() {
  await import('#base/reflect-metadata.ts')
  return import('@peculiar/x509')
}

/** A private key as PKCS#8 PEM and its public half as SPKI PEM. */
export interface PemKeys {
  readonly privateKey: string
  readonly publicKey: string
}

export async function generateKeys(): Promise<PemKeys> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
  return {
    privateKey: pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', privateKey)),
    publicKey: pem('PUBLIC KEY', await crypto.subtle.exportKey('spki', publicKey)),
  }
}

/** A self-signed CA certificate over the given key. */
export async function issueCa(commonName: string, keys: PemKeys, nowMs: number): Promise<string> {
  const x509 = await library()
  const publicKey = await importPublic(keys.publicKey)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName] }],
    issuer: [{ CN: [commonName] }],
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(nowMs + caLifetimeMs),
    signingAlgorithm,
    publicKey,
    signingKey: await importPrivate(keys.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

export interface Issuer {
  readonly certificate: string
  readonly key: string
}

/** A certificate for `request`, signed by `issuer`, over the given public key (SPKI PEM). */
export async function issueLeaf(request: CertificateRequest, issuer: Issuer, publicKeyPem: string, nowMs: number): Promise<string> {
  const x509 = await library()
  const publicKey = await importPublic(publicKeyPem)
  const ca = new x509.X509Certificate(issuer.certificate)
  const alternativeNames = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.addresses ?? []).filter((value) => isIP(value) !== 0).map((value) => ({ type: 'ip' as const, value })),
  ]
  const usages = request.usages.map((usage) => (usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth))
  const organizations = request.organizations ?? []
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...organizations.map((each) => ({ O: [each] })), { CN: [request.commonName] }],
    issuer: ca.subjectName.toJSON(),
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(Math.min(nowMs + leafLifetimeMs, ca.notAfter.getTime())),
    signingAlgorithm,
    publicKey,
    signingKey: await importPrivate(issuer.key),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(usages),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(await importPublic(ca.publicKey.toString('pem'))),
      ...(alternativeNames.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternativeNames)] : []),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

function serialNumber(): string {
  const bytes = randomBytes(16)
  // Positive and without a leading zero byte, as DER integers want it.
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function der(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64')
}

const importPublic = (text: string) => crypto.subtle.importKey('spki', der(text), keyAlgorithm, true, ['verify'])
const importPrivate = (text: string) => crypto.subtle.importKey('pkcs8', der(text), keyAlgorithm, true, ['sign'])
