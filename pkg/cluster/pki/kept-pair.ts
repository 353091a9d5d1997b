/** Pairs kept in files: used as they are while they serve, made anew when not. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { readIfThere, writeAtomically } from './atomic-file.ts'
import { generateKeys, type Issuer, issueCa, issueLeaf } from './issue.ts'
import type { CertificateRequest, ClusterPki, KeyPair } from './types.ts'
import { lasts, stillServes } from './validity.ts'

/**
 * The CA `file`.crt with `file`.key. A CA near its end is renewed over the same key, so that what it signed stays
 * valid; a certificate whose key is gone is an error, because replacing it would cut off every client.
 */
export async function keptCa(dir: string, file: string, commonName: string, nowMs: number): Promise<KeyPair> {
  const certificatePath = join(dir, `${file}.crt`)
  const keyPath = join(dir, `${file}.key`)
  const certificate = readIfThere(certificatePath)
  const key = readIfThere(keyPath)
  if (certificate !== undefined) {
    if (key === undefined) throw new Error(`${certificatePath} is there but its key ${keyPath} is missing: restore the key, or delete the cluster`)
    const parsed = new X509Certificate(certificate)
    if (!parsed.checkPrivateKey(createPrivateKey(key))) throw new Error(`${keyPath} is not the key of ${certificatePath}`)
    if (lasts(parsed, nowMs)) return { certificate, key, certificatePath, keyPath }
  }
  const keys = key === undefined ? await generateKeys() : { privateKey: key, publicKey: publicPem(key) }
  const issued = await issueCa(commonName, keys, nowMs)
  writeAtomically(keyPath, keys.privateKey)
  writeAtomically(certificatePath, issued)
  return { certificate: issued, key: keys.privateKey, certificatePath, keyPath }
}

/** The pair `file`.crt and `file`.key for `request`, signed by `issuer`. */
export async function keptLeaf(dir: string, file: string, issuer: Issuer, request: CertificateRequest, nowMs: number): Promise<KeyPair> {
  const certificatePath = join(dir, `${file}.crt`)
  const keyPath = join(dir, `${file}.key`)
  const certificate = readIfThere(certificatePath)
  const key = readIfThere(keyPath)
  if (certificate !== undefined && key !== undefined && stillServes(certificate, key, issuer.certificate, request, nowMs))
    return { certificate, key, certificatePath, keyPath }
  const keys = await generateKeys()
  const issued = await issueLeaf(request, issuer, keys.publicKey, nowMs)
  writeAtomically(keyPath, keys.privateKey)
  writeAtomically(certificatePath, issued)
  return { certificate: issued, key: keys.privateKey, certificatePath, keyPath }
}

/** The service-account signing keys, sa.key and sa.pub. Never renewed: tokens out there were signed with them. */
export async function keptSigningKeys(dir: string): Promise<ClusterPki['serviceAccount']> {
  const privateKeyPath = join(dir, 'sa.key')
  const publicKeyPath = join(dir, 'sa.pub')
  const existing = readIfThere(privateKeyPath)
  const { privateKey, publicKey } = existing === undefined ? await generateKeys() : { privateKey: existing, publicKey: publicPem(existing) }
  if (existing === undefined) writeAtomically(privateKeyPath, privateKey)
  if (readIfThere(publicKeyPath) !== publicKey) writeAtomically(publicKeyPath, publicKey)
  return { privateKey, publicKey, privateKeyPath, publicKeyPath }
}

function publicPem(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}
