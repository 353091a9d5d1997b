/** The certificates that sprig's functions make: node:crypto signs, in one go, since templates cannot wait. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import * as asn1 from '#base/der.ts'

export interface CertificateRequest {
  readonly commonName: string
  readonly addresses: readonly string[]
  readonly dnsNames: readonly string[]
  readonly daysValid: number
  readonly isAuthority: boolean
  readonly key: KeyObject
  /** Who signs; the certificate signs itself without. */
  readonly signer?: { readonly certificatePem: string; readonly key: KeyObject }
  readonly now: Date
}

function algorithmOf(key: KeyObject): { readonly identifier: Buffer; readonly digest: string | null } {
  const none = Buffer.from([0x05, 0x00])
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { identifier: asn1.sequence(asn1.oid('1.2.840.113549.1.1.11'), none), digest: 'sha256' }
    case 'ec':
      return { identifier: asn1.sequence(asn1.oid('1.2.840.10045.4.3.2')), digest: 'sha256' }
    case 'ed25519':
      return { identifier: asn1.sequence(asn1.oid('1.3.101.112')), digest: null }
  }
  throw new Error('x509: only RSA, ECDSA and Ed25519 keys supported')
}

const name = (commonName: string): Buffer =>
  asn1.sequence(
    ...(commonName === ''
      ? []
      : [asn1.set(asn1.sequence(asn1.oid('2.5.4.3'), /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? asn1.printable(commonName) : asn1.utf8(commonName)))]),
  )

/** The subject of a certificate, and its key identifier, as they stand in it. */
function signerParts(pem: string): { readonly subject: Buffer; readonly keyId: Buffer } {
  const { raw, publicKey } = new X509Certificate(pem)
  const fields = asn1.elementsOf(asn1.elementsOf(raw)[0]!)
  const at = fields[0]![0] === 0xa0 ? 1 : 0
  return { subject: fields[at + 4]!, keyId: keyIdOf(publicKey) }
}

function keyIdOf(key: KeyObject): Buffer {
  const info = asn1.elementsOf(key.export({ type: 'spki', format: 'der' }))
  return createHash('sha256').update(asn1.contentOf(info[1]!).subarray(1)).digest().subarray(0, 20)
}

/** PEM of the certificate. */
export function makeCertificate(request: CertificateRequest): string {
  const publicKey = createPublicKey(request.key)
  const signingKey = request.signer?.key ?? request.key
  const algorithm = algorithmOf(signingKey)
  const subject = name(request.commonName)
  const signer = request.signer ? signerParts(request.signer.certificatePem) : { subject, keyId: keyIdOf(publicKey) }
  const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
    asn1.sequence(asn1.oid(id), ...(critical ? [asn1.boolean(true)] : []), asn1.octets(value))
  const usage = request.isAuthority ? asn1.bits(Buffer.from([0b10100100]), 2) : asn1.bits(Buffer.from([0b10100000]), 5)
  const extensions = [
    extension('2.5.29.15', true, usage),
    extension('2.5.29.37', false, asn1.sequence(asn1.oid('1.3.6.1.5.5.7.3.1'), asn1.oid('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.19', true, asn1.sequence(...(request.isAuthority ? [asn1.boolean(true)] : []))),
  ]
  if (request.isAuthority) extensions.push(extension('2.5.29.14', false, asn1.octets(keyIdOf(publicKey))))
  if (request.signer) extensions.push(extension('2.5.29.35', false, asn1.sequence(asn1.tagged(0, signer.keyId, false))))
  const names = [
    ...request.dnsNames.map((each) => asn1.tagged(2, Buffer.from(each), false)),
    ...request.addresses.map((each) => asn1.tagged(7, asn1.addressBytes(each), false)),
  ]
  if (names.length > 0) extensions.push(extension('2.5.29.17', false, asn1.sequence(...names)))
  const body = asn1.sequence(
    asn1.tagged(0, asn1.integer(Buffer.of(2))),
    asn1.integer(randomBytes(16)),
    algorithm.identifier,
    signer.subject,
    asn1.sequence(asn1.time(request.now.getTime()), asn1.time(request.now.getTime() + request.daysValid * 86_400_000)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    asn1.tagged(3, asn1.sequence(...extensions)),
  )
  const certificate = asn1.sequence(body, algorithm.identifier, asn1.bits(sign(algorithm.digest, body, signingKey)))
  return pem('CERTIFICATE', certificate)
}

export function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
}
