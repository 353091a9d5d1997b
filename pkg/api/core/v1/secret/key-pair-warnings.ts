/** What Go's tls.X509KeyPair says of the certificate and the key in a kubernetes.io/tls secret; the server warns of it. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** At most one warning: that of the first thing that is wrong. */
export function keyPairWarnings(certificate: string | undefined, key: string | undefined): string[] {
  const complaint = complaintAbout(blocksOf(certificate), blocksOf(key))
  return complaint === undefined ? [] : [complaint]
}

interface Block {
  readonly type: string
  readonly text: string
}

function blocksOf(base64 = ''): Block[] {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  return [...text.matchAll(/-----BEGIN ([^-\n]*)-----\r?\n[\s\S]*?-----END \1-----/g)].map(([whole, type = '']) => ({ type, text: whole }))
}

const isKey = ({ type }: Block): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY')

function complaintAbout(certificates: readonly Block[], keys: readonly Block[]): string | undefined {
  const chain = certificates.filter(({ type }) => type === 'CERTIFICATE')
  if (chain.length === 0) return noCertificate(certificates)
  const key = keys.find(isKey)
  if (!key) return noKey(keys)
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(chain[0]!.text)
  } catch {
    return 'x509: malformed certificate'
  }
  let parsed: KeyObject
  try {
    parsed = createPrivateKey(key.text)
  } catch {
    return 'tls: failed to parse private key'
  }
  if (certificate.publicKey.asymmetricKeyType !== parsed.asymmetricKeyType) return 'tls: private key type does not match public key type'
  return certificate.checkPrivateKey(parsed) ? undefined : 'tls: private key does not match public key'
}

function noCertificate(blocks: readonly Block[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (blocks.length === 1 && isKey(blocks[0]!))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${typesOf(blocks)}`
}

function noKey(blocks: readonly Block[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in key input'
  if (blocks.length === 1 && blocks[0]!.type === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key'
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${typesOf(blocks)}`
}

function typesOf(blocks: readonly Block[]): string {
  return `[${blocks.map(({ type }) => type).join(' ')}]`
}
