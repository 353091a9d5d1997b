/** The subject and names of a PKCS #10 request, read straight from its DER: no more than a description shows. */
interface Node {
  readonly tag: number
  readonly bytes: Buffer
}

export interface CertificateRequest {
  readonly subject: Readonly<Record<string, readonly string[]>>
  readonly names: { readonly dns: string[]; readonly email: string[]; readonly uri: string[]; readonly ip: string[] }
}

const attributes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'postalCode',
}
const alternativeNames = '2.5.29.17'

export function readCertificateRequest(pem: string): CertificateRequest {
  const body = /-----BEGIN CERTIFICATE REQUEST-----([\s\S]*?)-----END/.exec(pem)?.[1]
  if (!body) throw new Error('Error parsing CSR: PEM block type must be CERTIFICATE REQUEST')
  const [request] = children(Buffer.from(body.replace(/\s/g, ''), 'base64'))
  const [info] = children(request?.bytes ?? Buffer.alloc(0))
  const [, name, , extra] = children(info?.bytes ?? Buffer.alloc(0))
  const subject: Record<string, string[]> = {}
  for (const set of children(name?.bytes ?? Buffer.alloc(0))) {
    for (const pair of children(set.bytes)) {
      const [type, value] = children(pair.bytes)
      const key = type && attributes[oid(type.bytes)]
      if (key && value) subject[key] = [...(subject[key] ?? []), value.bytes.toString('utf8')]
    }
  }
  return { subject, names: alternatives(extra?.bytes ?? Buffer.alloc(0)) }
}

/** Attributes hold extensions, one of which holds the alternative names; found wherever it is nested. */
function alternatives(bytes: Buffer): CertificateRequest['names'] {
  const names: CertificateRequest['names'] = { dns: [], email: [], uri: [], ip: [] }
  const visit = (nodes: readonly Node[], depth: number): void => {
    const [first] = nodes
    if (first?.tag === 0x06 && oid(first.bytes) === alternativeNames) {
      const value = nodes.at(-1)!
      for (const { tag, bytes: text } of children(children(value.bytes)[0]?.bytes ?? Buffer.alloc(0))) {
        if (tag === 0x82) names.dns.push(text.toString('utf8'))
        else if (tag === 0x81) names.email.push(text.toString('utf8'))
        else if (tag === 0x86) names.uri.push(text.toString('utf8'))
        else if (tag === 0x87) names.ip.push(address(text))
      }
      return
    }
    if (depth < 8) for (const { tag, bytes: inner } of nodes) if (tag & 0x20) visit(children(inner), depth + 1)
  }
  visit(children(bytes), 0)
  return names
}

function address(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.')
  const groups = Array.from({ length: 8 }, (_, at) => (bytes.length === 16 ? bytes.readUInt16BE(at * 2) : 0).toString(16)).join(':')
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}

function children(bytes: Buffer): Node[] {
  const nodes: Node[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes[at]!
    let length = bytes[at + 1]!
    at += 2
    if (length & 0x80) {
      const count = length & 0x7f
      if (count > 4 || at + count > bytes.length) break
      length = bytes.readUIntBE(at, count)
      at += count
    }
    nodes.push({ tag, bytes: bytes.subarray(at, at + length) })
    at += length
  }
  return nodes
}

function oid(bytes: Buffer): string {
  const parts = [Math.floor(bytes[0]! / 40), bytes[0]! % 40]
  let value = 0
  for (const byte of bytes.subarray(1)) {
    value = value * 128 + (byte & 0x7f)
    if (!(byte & 0x80)) {
      parts.push(value)
      value = 0
    }
  }
  return parts.join('.')
}
