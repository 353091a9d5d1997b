/** Whether a certificate that is there still serves its purpose. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { CertificateRequest } from './types.ts'

/** Renewed when less than this is left. */
export const renewBeforeMs = 60 * 24 * 3_600_000

const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const

/** True when certificate and key belong together, the CA signed them, they say what is asked, and they last. */
export function stillServes(certificate: string, key: string, ca: string, request: CertificateRequest, nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(certificate)
    return (
      lasts(parsed, nowMs) &&
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      parsed.verify(new X509Certificate(ca).publicKey) &&
      hasSubject(parsed, request) &&
      hasNames(parsed, request) &&
      request.usages.every((usage) => parsed.keyUsage?.includes(usageOids[usage]))
    )
  } catch {
    // Unreadable: make a new one.
    return false
  }
}

export function lasts(certificate: X509Certificate, nowMs: number): boolean {
  return certificate.validFromDate.getTime() <= nowMs && certificate.validToDate.getTime() - nowMs > renewBeforeMs
}

function hasSubject(certificate: X509Certificate, { commonName, organizations = [] }: CertificateRequest): boolean {
  const subject = certificate.toLegacyObject().subject as { CN?: string; O?: string | string[] }
  const found = subject.O === undefined ? [] : [subject.O].flat()
  return subject.CN === commonName && found.length === organizations.length && organizations.every((each) => found.includes(each))
}

function hasNames(certificate: X509Certificate, { dnsNames = [], addresses = [] }: CertificateRequest): boolean {
  const wanted = addresses.filter((each) => isIP(each) !== 0)
  const present = certificate.subjectAltName?.split(', ') ?? []
  return (
    present.length === dnsNames.length + wanted.length &&
    dnsNames.every((name) => present.includes(`DNS:${name}`)) &&
    wanted.every((address) => certificate.checkIP(address) !== undefined)
  )
}
