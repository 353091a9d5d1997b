/**
 * The few certificates of a control plane in one process: a CA, the server's, and a user's when somebody asks.
 * Kept in files with a directory, in memory without.
 */
import { generateKeys, type Issuer, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { keptCa, keptLeaf, keptSigningKeys } from '#cluster/pki/kept-pair.ts'
import type { CertificateRequest } from '#cluster/pki/types.ts'
import type { ControlPlaneUser } from './types.ts'

export interface Certificates {
  readonly ca: Issuer
  /** The server's own. */
  readonly serving: Issuer
}

/** The administrator that kubeadm makes. */
export const administrator: ControlPlaneUser = { name: 'kubernetes-admin', groups: ['system:masters'] }

export async function certificates(pkiDir: string | undefined, { hosts, serviceAddress, nowMs }: ServerNames): Promise<Certificates> {
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost']
  const addresses = [...new Set(['127.0.0.1', '::1', serviceAddress, ...hosts])]
  const request: CertificateRequest = { commonName: 'kube-apiserver', usages: ['server'], dnsNames: names, addresses }
  if (pkiDir !== undefined) {
    const ca = await keptCa(pkiDir, 'ca', 'kubernetes', nowMs)
    return { ca, serving: await keptLeaf(pkiDir, 'apiserver', ca, request, nowMs) }
  }
  const keys = await generateKeys()
  const ca = { certificate: await issueCa('kubernetes', keys, nowMs), key: keys.privateKey }
  return { ca, serving: await issue(request, ca, nowMs) }
}

export interface ServerNames {
  readonly hosts: readonly string[]
  readonly serviceAddress: string
  readonly nowMs: number
}

export function userCertificate({ name, groups = [] }: ControlPlaneUser, ca: Issuer, nowMs: number): Promise<Issuer> {
  return issue({ commonName: name, organizations: groups, usages: ['client'] }, ca, nowMs)
}

/** PEM of the key that signs service-account tokens: kept, or tokens would end with the process. */
export async function serviceAccountKey(pkiDir: string | undefined): Promise<string> {
  return pkiDir === undefined ? (await generateKeys()).privateKey : (await keptSigningKeys(pkiDir)).privateKey
}

async function issue(request: CertificateRequest, ca: Issuer, nowMs: number): Promise<Issuer> {
  const keys = await generateKeys()
  return { certificate: await issueLeaf(request, ca, keys.publicKey, nowMs), key: keys.privateKey }
}
