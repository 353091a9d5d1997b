/** Whether the certificates of a kubeconfig's authority can be read, told as client-go's transport does. */
import { CommandError } from '../errors.ts'

/** Throws when there is no certificate in the PEM text; one that can be read is enough. */
export function checkRootCertificates(pem: string): void {
  // To load all of node:crypto takes a twentieth of a short command: it is asked only about what looks broken.
  if (looksWhole(pem)) return
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

/** Whether the first block is a certificate from end to end: a SEQUENCE of two SEQUENCEs and a BIT STRING. */
function looksWhole(pem: string): boolean {
  const body = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----/.exec(pem.trimStart())?.[1]
  if (!body) return false
  const der = Buffer.from(body, 'base64')
  const whole = elementAt(der, 0)
  if (whole?.tag !== 0x30 || whole.end !== der.length) return false
  let at = whole.start
  for (const tag of [0x30, 0x30, 0x03]) {
    const element = elementAt(der, at)
    if (element?.tag !== tag) return false
    at = element.end
  }
  return at === whole.end
}

/** One element of DER: its tag, and where what is in it begins and ends. */
function elementAt(der: Buffer, at: number): { readonly tag: number; readonly start: number; readonly end: number } | undefined {
  const [tag, first] = [der[at], der[at + 1]]
  if (tag === undefined || first === undefined) return undefined
  const bytes = first > 0x80 ? first - 0x80 : 0
  if (first === 0x80 || bytes > 4 || at + 2 + bytes > der.length) return undefined
  const start = at + 2 + bytes
  return { tag, start, end: start + (bytes > 0 ? der.readUIntBE(at + 2, bytes) : first) }
}
