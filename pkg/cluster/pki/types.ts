/** Certificates and keys of one cluster: what kubeadm keeps under /etc/kubernetes/pki and in its kubeconfig files. */
import type { Clock } from '#base/clock.ts'

/** A certificate with its key, in PEM, and where both are kept. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
  readonly certificatePath: string
  readonly keyPath: string
}

export interface NodeNames {
  readonly name: string
  /** What the kubelet's serving certificate is valid for, beside the name. */
  readonly addresses: readonly string[]
}

export interface PkiOptions {
  /** Host names of the API server beyond the built-in ones (kubernetes…, localhost). */
  readonly apiServerNames?: readonly string[]
  /** Addresses of the API server beyond 127.0.0.1, ::1 and `serviceAddress`: the underlay's host address, node addresses. */
  readonly addresses: readonly string[]
  readonly nodes: readonly NodeNames[]
  /** Address of the Service `kubernetes`; default 10.96.0.1. */
  readonly serviceAddress?: string
  /** Default cluster.local. */
  readonly clusterDomain?: string
  readonly clock?: Clock
}

export interface NodeCertificates {
  /** CN system:node:NAME, O system:nodes: what the kubelet shows to the API server. */
  readonly client: KeyPair
  /** What the kubelet serves with. */
  readonly serving: KeyPair
}

export interface ClusterPki {
  readonly dir: string
  readonly ca: KeyPair
  /** Signs what the aggregation layer shows to extension API servers. */
  readonly frontProxyCa: KeyPair
  readonly frontProxyClient: KeyPair
  readonly apiServer: KeyPair
  /** The API server as client of the kubelets. */
  readonly apiServerKubeletClient: KeyPair
  /** Signs service-account tokens (ECDSA P-256: ES256). */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string; readonly privateKeyPath: string; readonly publicKeyPath: string }
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  readonly scheduler: KeyPair
  readonly kubeProxy: KeyPair
  readonly nodes: Readonly<Record<string, NodeCertificates>>
}

/** What a leaf certificate says. */
export interface CertificateRequest {
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly usages: readonly ('server' | 'client')[]
  readonly dnsNames?: readonly string[]
  readonly addresses?: readonly string[]
}
