/** All certificates and keys of a cluster, as `kubeadm init` makes them (docs: "PKI certificates and requirements"). */
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { keptCa, keptLeaf, keptSigningKeys } from './kept-pair.ts'
import type { CertificateRequest, ClusterPki, KeyPair, NodeCertificates, NodeNames, PkiOptions } from './types.ts'

/**
 * Makes what is missing in `dir`, renews what ends soon or whose names changed, and answers all of it. Running it
 * again changes nothing.
 */
export async function createClusterPki(dir: string, options: PkiOptions): Promise<ClusterPki> {
  const now = (options.clock ?? systemClock).now()
  const ca = await keptCa(dir, 'ca', 'kubernetes', now)
  const frontProxyCa = await keptCa(dir, 'front-proxy-ca', 'front-proxy-ca', now)
  const leaf = (file: string, request: CertificateRequest): Promise<KeyPair> => keptLeaf(dir, file, ca, request, now)
  const client = (file: string, commonName: string, ...organizations: string[]): Promise<KeyPair> =>
    leaf(file, { commonName, organizations, usages: ['client'] })
  const nodes: Record<string, NodeCertificates> = {}
  for (const node of options.nodes) nodes[node.name] = await nodeCertificates(dir, ca, node, now)
  return {
    dir,
    ca,
    frontProxyCa,
    frontProxyClient: await keptLeaf(dir, 'front-proxy-client', frontProxyCa, { commonName: 'front-proxy-client', usages: ['client'] }, now),
    apiServer: await leaf('apiserver', apiServerRequest(options)),
    apiServerKubeletClient: await client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', 'system:masters'),
    serviceAccount: await keptSigningKeys(dir),
    admin: await client('admin', 'kubernetes-admin', 'system:masters'),
    controllerManager: await client('controller-manager', 'system:kube-controller-manager'),
    scheduler: await client('scheduler', 'system:kube-scheduler'),
    kubeProxy: await client('kube-proxy', 'system:kube-proxy', 'system:node-proxier'),
    nodes,
  }
}

/** The two certificates of one node, below `dir`/nodes/NAME; for a node that joins later. */
export async function nodeCertificates(dir: string, ca: KeyPair, node: NodeNames, nowMs: number): Promise<NodeCertificates> {
  const below = join(dir, 'nodes', node.name)
  const userName = `system:node:${node.name}`
  return {
    client: await keptLeaf(below, 'kubelet-client', ca, { commonName: userName, organizations: ['system:nodes'], usages: ['client'] }, nowMs),
    serving: await keptLeaf(
      below,
      'kubelet',
      ca,
      { commonName: userName, organizations: ['system:nodes'], usages: ['server'], dnsNames: unique([node.name]), addresses: unique(node.addresses) },
      nowMs,
    ),
  }
}

function apiServerRequest({ apiServerNames = [], addresses, serviceAddress = '10.96.0.1', clusterDomain = 'cluster.local' }: PkiOptions): CertificateRequest {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${clusterDomain}`]
  return {
    commonName: 'kube-apiserver',
    usages: ['server'],
    dnsNames: unique([...service, 'localhost', ...apiServerNames]),
    addresses: unique(['127.0.0.1', '::1', serviceAddress, ...addresses]),
  }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]
