/** A plan of a cluster for tests. */
import type { ClusterConfig, NodePlan } from '#cluster/types.ts'

export function testCluster(nodeCount: number, name = 'k8ts-test', families: 'ipv4' | 'dual' = 'ipv4'): ClusterConfig {
  const nodes = Array.from(
    { length: nodeCount },
    (_, index): NodePlan => ({
      name: `${name}-node-${index}`,
      index,
      address: `172.30.0.${index + 2}`,
      podCidr: `10.244.${index}.0/24`,
      ...(families === 'dual' ? { secondary: { address: `fd00:172:30::${index + 2}`, podCidr: `fd00:10:244:${index}::/64` } } : {}),
      netns: `${name}-node-${index}`,
      dir: `/nonexistent/${index}`,
      containerdSocket: `/nonexistent/${index}/containerd.sock`,
      kubeletPort: 10250,
    }),
  )
  return {
    name,
    dataDir: '/nonexistent',
    layoutVersion: 1,
    apiServer: { listen: ['127.0.0.1'], port: 6443, advertiseAddress: '172.30.0.1' },
    serviceCidr: '10.96.0.0/16',
    dnsAddress: '10.96.0.10',
    clusterDomain: 'cluster.local',
    podCidr: '10.244.0.0/16',
    underlayCidr: '172.30.0.0/24',
    ...(families === 'dual'
      ? { secondary: { serviceCidr: 'fd00:10:96::/112', dnsAddress: 'fd00:10:96::a', podCidr: 'fd00:10:244::/56', underlayCidr: 'fd00:172:30::/64' } }
      : {}),
    nodes,
  }
}
