/** Certificates that a node asks the cluster for (docs: "TLS bootstrapping"). */
import { type Clock, systemClock } from '#base/clock.ts'
import { requestCertificate } from '#client/certificates/request-certificate.ts'
import type { Client } from '#client/types.ts'

export interface NodeCertificateRequest {
  readonly nodeName: string
  readonly kind: 'client' | 'serving'
  /** For `serving`: what the API server dials. */
  readonly addresses?: readonly string[]
  readonly withinMs?: number
  readonly signal?: AbortSignal
}

const signers = { client: 'kubernetes.io/kube-apiserver-client-kubelet', serving: 'kubernetes.io/kubelet-serving' } as const
const usages = { client: ['digital signature', 'client auth'], serving: ['digital signature', 'server auth'] } as const
const pollMs = 200

/** A command that joins waits for nothing else: unlike the system clock's, these timers keep its process alive. */
const waitingClock: Clock = {
  now: systemClock.now,
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** A key of this machine's own and the certificate that the cluster signs for it. Throws when it is denied, or not signed in time. */
export function requestNodeCertificate(client: Client, request: NodeCertificateRequest): Promise<{ certificate: string; key: string }> {
  const { nodeName, kind, addresses = [], withinMs = 60_000, signal } = request
  return requestCertificate({
    client,
    clock: waitingClock,
    signal,
    generateName: kind === 'client' ? 'node-csr-' : 'csr-',
    signerName: signers[kind],
    usages: usages[kind],
    subject: {
      commonName: `system:node:${nodeName}`,
      organizations: ['system:nodes'],
      ...(kind === 'serving' ? { dnsNames: [nodeName], addresses } : {}),
    },
    withinMs,
    pollMs,
  })
}
