/** A PKCS#10 request must be whole, and signed with the key it is for (RFC 2986). */
import { createPublicKey, verify } from 'node:crypto'

const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
}

const sequenceTag = 0x30

/** What is wrong with the request (base64 of PEM), or undefined. */
export function complaintAboutRequest(request: string): string | undefined {
  const pem = Buffer.from(request, 'base64').toString('latin1')
  const body = /-----BEGIN CERTIFICATE REQUEST-----\s*([A-Za-z0-9+/=\s]*?)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1]
  if (body === undefined) return 'PEM block type must be CERTIFICATE REQUEST'
  let parts: SignedRequest
  try {
    parts = readRequest(Buffer.from(body, 'base64'))
  } catch {
    return Buffer.from(body, 'base64')[0] === sequenceTag ? "asn1: structure error: tags don't match" : 'asn1: syntax error: truncated tag or length'
  }
  return isSigned(parts) ? undefined : 'x509: the signature of the request does not match its key'
}

interface SignedRequest {
  readonly content: Buffer
  readonly publicKey: Buffer
  readonly algorithm: string
  readonly signature: Buffer
}

function isSigned({ content, publicKey, algorithm, signature }: SignedRequest): boolean {
  const hash = hashes[algorithm]
  if (hash === undefined) return false
  try {
    return verify(hash, content, createPublicKey({ key: publicKey, format: 'der', type: 'spki' }), signature)
  } catch {
    return false
  }
}

function readRequest(bytes: Buffer): SignedRequest {
  const [content, algorithm, signature] = children(readElement(bytes, 0))
  if (!content || !algorithm || !signature) throw new RangeError('not a certification request')
  const publicKey = children(content)[2]
  const identifier = children(algorithm)[0]
  if (!publicKey || !identifier) throw new RangeError('not a certification request')
  // The first byte of a bit string counts the bits that are none.
  return { content: content.whole, publicKey: publicKey.whole, algorithm: dotted(identifier.body), signature: signature.body.subarray(1) }
}

interface Element {
  readonly whole: Buffer
  readonly body: Buffer
}

function readElement(bytes: Buffer, at: number): Element {
  const first = bytes.readUInt8(at + 1)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (lengthBytes > 4) throw new RangeError('too long')
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  const start = at + 2 + lengthBytes
  if (start + length > bytes.length) throw new RangeError('cut off')
  return { whole: bytes.subarray(at, start + length), body: bytes.subarray(start, start + length) }
}

function children({ body }: Element): Element[] {
  const found: Element[] = []
  for (let at = 0; at < body.length; at += found.at(-1)!.whole.length) found.push(readElement(body, at))
  return found
}

function dotted(bytes: Buffer): string {
  const [first = 0, ...rest] = bytes
  const arcs = [Math.floor(first / 40), first % 40]
  let value = 0
  for (const byte of rest) {
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      arcs.push(value)
      value = 0
    }
  }
  return arcs.join('.')
}
