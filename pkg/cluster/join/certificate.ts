/** Certificates that a node asks the cluster for (docs: "TLS bootstrapping"). */
import { isIP } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import { certificateSigningRequests } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { generateKeys } from '../pki/issue.ts'
import { signingRequest } from './signing-request.ts'

export interface NodeCertificateRequest {
  readonly nodeName: string
  readonly kind: 'client' | 'serving'
  /** For `serving`: what the API server dials. */
  readonly addresses?: readonly string[]
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const signers = { client: 'kubernetes.io/kube-apiserver-client-kubelet', serving: 'kubernetes.io/kubelet-serving' } as const
const usages = { client: ['digital signature', 'client auth'], serving: ['digital signature', 'server auth'] } as const
const pollMs = 200

/** A key of this machine's own and the certificate that the cluster signs for it. Throws when it is denied, or not signed in time. */
export async function requestNodeCertificate(client: Client, request: NodeCertificateRequest): Promise<{ certificate: string; key: string }> {
  const { nodeName, kind, addresses = [], timeoutMs = 60_000, signal } = request
  const keys = await generateKeys()
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }
  const names = kind === 'serving' ? { dnsNames: [nodeName], addresses: addresses.filter((each) => isIP(each) !== 0) } : {}
  const pem = await signingRequest({ ...subject, ...names }, keys)
  const created = await client.create(certificateSigningRequests, {
    metadata: { generateName: kind === 'client' ? 'node-csr-' : 'csr-' },
    spec: { request: Buffer.from(pem).toString('base64'), signerName: signers[kind], usages: [...usages[kind]] },
  } as never)
  const { name } = (created as CertificateSigningRequest).metadata
  const until = Date.now() + timeoutMs
  for (;;) {
    const { status } = await client.get(certificateSigningRequests, { name })
    if (status?.certificate) return { certificate: Buffer.from(status.certificate, 'base64').toString(), key: keys.privateKey }
    const refused = status?.conditions?.find((each) => each.type === 'Denied' || each.type === 'Failed')
    if (refused) throw new Error(`the cluster refused the certificate ${name}: ${refused.message || refused.reason}`)
    if (Date.now() > until || signal?.aborted) throw new Error(`the cluster did not sign the certificate ${name} within ${timeoutMs / 1000} s`)
    await setTimeout(pollMs)
  }
}
