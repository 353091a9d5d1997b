/**
 * Makes certificates (RFC 5280): ECDSA P-256, signed with SHA-256. Written out by hand, because it is the same few extensions each
 * time, and the library that reads foreign requests takes a tenth of a second to load.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { isIpv4Address, isIpv6Address } from '#apimachinery/ip.ts'
import { addressBytes, bits, boolean, contentOf, elementsOf, integer, octets, oid, sequence, set, tagged, time, utf8 } from '#base/der.ts'
import type { CertificateRequest } from './types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** kubeadm's: ten years for a CA, one for the rest. */
export const caLifetimeMs = 3650 * dayMs
export const leafLifetimeMs = 365 * dayMs
/** Begins earlier than now, so that a client whose clock is behind accepts it. */
const backdateMs = hourMs

/** A private key as PKCS#8 PEM and its public half as SPKI PEM. */
export interface PemKeys {
  readonly privateKey: string
  readonly publicKey: string
}

export interface Issuer {
  readonly certificate: string
  readonly key: string
}

/** On a thread of its own: the first of a process takes ten milliseconds, which OpenSSL needs to begin. */
export function generateKeys(): Promise<PemKeys> {
  return generateKeyPairAsync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

const generateKeyPairAsync = promisify(generateKeyPair)

/** A self-signed CA certificate over the given key. */
export async function issueCa(commonName: string, keys: PemKeys, nowMs: number): Promise<string> {
  const subject = nameOf(commonName, [])
  const publicKey = spkiOf(createPublicKey(keys.publicKey))
  return signed({
    subject,
    issuer: subject,
    publicKey,
    signingKey: createPrivateKey(keys.privateKey),
    notBeforeMs: nowMs - backdateMs,
    notAfterMs: nowMs + caLifetimeMs,
    extensions: [
      extension(extensionOid.basicConstraints, sequence(boolean(true)), true),
      extension(extensionOid.keyUsage, bits(Buffer.of(keyUsage.digitalSignature | keyUsage.keyEncipherment | keyUsage.keyCertSign), 2), true),
      extension(extensionOid.subjectKeyIdentifier, octets(keyIdentifier(publicKey))),
      extension(extensionOid.subjectAlternativeName, sequence(dnsName(commonName))),
    ],
  })
}

/** A certificate for `request`, signed by `issuer`, over the given public key (SPKI PEM). */
export async function issueLeaf(request: CertificateRequest, issuer: Issuer, publicKeyPem: string, nowMs: number): Promise<string> {
  const ca = new X509Certificate(issuer.certificate)
  const addresses = (request.addresses ?? []).filter((each) => isIpv4Address(each) || isIpv6Address(each))
  const names = [...(request.dnsNames ?? []).map(dnsName), ...addresses.map((each) => tagged(7, addressBytes(each), false))]
  return signed({
    subject: nameOf(request.commonName, request.organizations ?? []),
    issuer: subjectOf(ca),
    publicKey: spkiOf(createPublicKey(publicKeyPem)),
    signingKey: createPrivateKey(issuer.key),
    notBeforeMs: nowMs - backdateMs,
    notAfterMs: Math.min(nowMs + leafLifetimeMs, ca.validToDate.getTime()),
    extensions: [
      extension(extensionOid.keyUsage, bits(Buffer.of(keyUsage.digitalSignature | keyUsage.keyEncipherment), 5), true),
      extension(extensionOid.extendedKeyUsage, sequence(...request.usages.map((usage) => oid(usageOid[usage])))),
      extension(extensionOid.basicConstraints, sequence(), true),
      extension(extensionOid.authorityKeyIdentifier, sequence(tagged(0, keyIdentifier(spkiOf(ca.publicKey)), false))),
      ...(names.length > 0 ? [extension(extensionOid.subjectAlternativeName, sequence(...names))] : []),
    ],
  })
}

interface ToBeSigned {
  readonly subject: Buffer
  readonly issuer: Buffer
  /** SPKI, DER. */
  readonly publicKey: Buffer
  readonly signingKey: KeyObject
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly extensions: readonly Buffer[]
}

function signed({ subject, issuer, publicKey, signingKey, notBeforeMs, notAfterMs, extensions }: ToBeSigned): string {
  const algorithm = signatureAlgorithm(signingKey)
  const body = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(serialNumber()),
    algorithm,
    issuer,
    sequence(time(notBeforeMs), time(notAfterMs)),
    subject,
    publicKey,
    tagged(3, sequence(...extensions)),
  )
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, signingKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function signatureAlgorithm(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ec') return sequence(oid('1.2.840.10045.4.3.2'))
  if (key.asymmetricKeyType === 'rsa') return sequence(oid('1.2.840.113549.1.1.11'), Buffer.of(5, 0))
  throw new Error(`a CA key of type ${key.asymmetricKeyType} cannot sign here; use ECDSA or RSA`)
}

const extensionOid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const
const usageOid = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const
const keyUsage = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04 } as const

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))
}

function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const part = (id: string, text: string): Buffer => set(sequence(oid(id), utf8(text)))
  return sequence(...organizations.map((each) => part('2.5.4.10', each)), part('2.5.4.3', commonName))
}

const dnsName = (name: string): Buffer => tagged(2, Buffer.from(name), false)

/** The subject's very bytes, which the issuer field of what it signs must repeat. */
function subjectOf(certificate: X509Certificate): Buffer {
  const fields = elementsOf(elementsOf(certificate.raw)[0]!)
  // An explicit version comes first, but for the oldest form.
  return fields[fields[0]![0] === 0xa0 ? 5 : 4]!
}

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

/** RFC 5280, 4.2.1.2 (1): SHA-1 of the public key's bits. A name, not a protection. */
function keyIdentifier(spki: Buffer): Buffer {
  return createHash('sha1')
    .update(contentOf(elementsOf(spki)[1]!).subarray(1))
    .digest()
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  // Positive and without a leading zero byte, as DER integers want it.
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes
}
