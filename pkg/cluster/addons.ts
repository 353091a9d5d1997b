/** What every cluster has from the start beside its processes, as objects. */
import type { Service } from '#api/gen/core/v1.ts'
import { services } from '#api/gen/resources.ts'
import type { Draft } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { ClusterConfig } from './types.ts'

/**
 * The Service of cluster DNS, where clients look for it (docs: "Customizing DNS Service"). It has no endpoints:
 * each node answers its address itself.
 */
export function dnsService({ dnsAddress, secondary }: Pick<ClusterConfig, 'dnsAddress' | 'secondary'>): Draft<Service> {
  return {
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      clusterIP: dnsAddress,
      ...(secondary ? { clusterIPs: [dnsAddress, secondary.dnsAddress], ipFamilyPolicy: 'RequireDualStack' } : {}),
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
    },
  }
}

/** Creates what is missing; what a user changed stays as it is. */
export async function ensureAddons(client: Client, config: ClusterConfig): Promise<void> {
  const service = dnsService(config)
  try {
    // Asked first: a second one is refused for its address, which the first has, before it is for its name.
    await client.get(services, { namespace: 'kube-system', name: 'kube-dns' })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(services, service)
  }
}
