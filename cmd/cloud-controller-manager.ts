/**
 * The local cluster's cloud controllers: within the process of the controllers, or as a program of their own under the lease
 * kube-system/cloud-controller-manager (then the controllers run with `--cloud external`).
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { systemClock } from '#base/clock.ts'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { createClient } from '#client/rest.ts'
import { serviceAccountClients } from '#client/service-account-clients.ts'
import { localCloud } from '#cloud/local/index.ts'
import { nodeLoadBalancerController } from '#cloud/node-load-balancer/index.ts'
import { type CloudControllerManagerOptions, startCloudControllerManager } from '#cloud/manager.ts'
import { ensurePki } from '#cluster/components.ts'
import { loadConfig } from '#cluster/config.ts'
import { type ClusterConfig, defaultIngressPorts, familiesOf } from '#cluster/types.ts'
import { loadBalancerRange } from '#network/loadbalancer/index.ts'
import { type RunningManager, startManager } from '#runtime/start-manager.ts'
import { aborted, startComponent, untilListening } from './component.ts'

/** Where the cluster's nodes are machines, their cloud is but load balancers at their own addresses. */
export function startLocalCloud(config: ClusterConfig, options: Omit<CloudControllerManagerOptions, 'provider'>): RunningManager {
  if (config.machine) {
    const takenPorts = portsOfNodes(config)
    return startManager({ ...options, name: 'cloud-controller-manager', controllers: [nodeLoadBalancerController({ takenPorts })] })
  }
  const provider = localCloud({
    clusterName: config.name,
    // `k8ts node` changes the plan while the cluster runs.
    plan: async () => (await loadConfig(config.dataDir))?.nodes ?? config.nodes,
    loadBalancerRanges: familiesOf(config).map(loadBalancerRange),
  })
  return startCloudControllerManager({ ...options, provider, clusterCidrs: familiesOf(config).map(({ podCidr }) => podCidr) })
}

/** What a machine answers itself, which no Service may take from it. */
function portsOfNodes({ apiServer, ingressPorts = defaultIngressPorts }: ClusterConfig): ReadonlyMap<string, string> {
  const taken = new Map([
    ['TCP 22', 'the machine (ssh)'],
    [`TCP ${apiServer.port}`, 'the API server'],
    ['TCP 10250', 'the kubelet'],
    ['TCP 10256', 'the service proxy'],
    ['UDP 4789', 'the pod network'],
  ])
  if (ingressPorts === 'off') return taken
  for (const port of [ingressPorts.http, ingressPorts.https, 10254]) taken.set(`TCP ${port}`, 'the ingress of the nodes')
  return taken
}

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'cloud-controller-manager', inHostNetwork: true })
  await untilListening('127.0.0.1', config.apiServer.port, signal)
  const { ca, controllerManager } = await ensurePki(config)
  const { certificate: cert, key } = controllerManager
  const apiServer = { server: `https://127.0.0.1:${config.apiServer.port}`, ca: ca.certificate }
  const client = createClient(createKeepAliveTransport({ ...apiServer, cert, key }))
  const clientOf = serviceAccountClients({ client, transport: createKeepAliveTransport(apiServer) })
  const leaderIdentity = `${hostname()}_${randomUUID()}`
  const cloud = startLocalCloud(config, { client, clientOf, clock: systemClock, log, signal, leaderIdentity })
  // What has lost its lease begins anew.
  void cloud.done.then(() => signal.aborted || process.exit(1))
  link.ready()
  await aborted(signal)
  await cloud.done
  process.exit(0)
}
