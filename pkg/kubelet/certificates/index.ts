/**
 * The kubelet's certificates: the one it serves with (serverTLSBootstrap) and the one it shows to the API server (rotateCertificates). In:
 * what is in use; out: requests to the cluster's signers, and each new pair to whoever uses it.
 */
import { join } from 'node:path'
import type { KubeletContext } from '../context.ts'
import { keepCertificate } from './certificate-manager.ts'
import type { KeyPair } from './key-pair.ts'

export interface CertificateUses {
  readonly rootDir: string
  readonly signal: AbortSignal
  readonly clientCertificate?: KeyPair | undefined
  readonly useClientCertificate?: ((pair: KeyPair) => void) | undefined
  readonly useServingCertificate: (pair: KeyPair) => void
}

export async function keepCertificates(
  { client, clock, log, nodeName, nodeAddress, nodeAddresses = [nodeAddress], configuration }: KubeletContext,
  uses: CertificateUses,
): Promise<void> {
  const common = { client, clock, log: log.named('certificates'), signal: uses.signal }
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }
  const file = (name: string) => join(uses.rootDir, 'pki', name)
  await Promise.all([
    configuration.serverTLSBootstrap
      ? keepCertificate({
          ...common,
          signerName: 'kubernetes.io/kubelet-serving',
          usages: ['digital signature', 'server auth'],
          subject: { ...subject, dnsNames: [nodeName], addresses: nodeAddresses },
          path: file('kubelet-server-current.pem'),
          onCurrent: uses.useServingCertificate,
        })
      : undefined,
    configuration.rotateCertificates && uses.useClientCertificate
      ? keepCertificate({
          ...common,
          signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
          usages: ['digital signature', 'client auth'],
          subject,
          path: file('kubelet-client-current.pem'),
          initial: uses.clientCertificate,
          onCurrent: uses.useClientCertificate,
        })
      : undefined,
  ])
}
