/** The kubelet's current certificate and key in one PEM file, as upstream keeps them (kubelet-client-current.pem). */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { replaceFile } from '../replace-file.ts'

export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** The stored pair, or undefined where there is none that is whole and in its time. */
export function readKeyPair(path: string, nowMs: number): KeyPair | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----\n?/.exec(text)?.[0] ?? ''
    const certificate = text.replace(key, '')
    const parsed = new X509Certificate(certificate)
    if (!parsed.checkPrivateKey(createPrivateKey(key)) || Date.parse(parsed.validTo) <= nowMs) return undefined
    return { certificate, key }
  } catch {
    return undefined
  }
}

/** Whole or not at all, whenever the machine stops. */
export function writeKeyPair(path: string, { certificate, key }: KeyPair): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  replaceFile(path, `${certificate.trimEnd()}\n${key.trimEnd()}\n`)
}

/** When a certificate is to be replaced: at 70 to 90 % of its time, so that nodes do not all ask at once. */
export function rotateAt({ certificate }: KeyPair, random: number): number {
  const { validFrom, validTo } = new X509Certificate(certificate)
  const from = Date.parse(validFrom)
  return from + (Date.parse(validTo) - from) * (0.7 + 0.2 * random)
}
