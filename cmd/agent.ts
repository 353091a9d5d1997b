/** One node's agent: kubelet, service proxy and DNS, inside the node's network and mount namespaces. */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { createInformerFactory } from '#client/informer.ts'
import { builtinImageNames } from '#cluster/images/builtin.ts'
import { cniPlace } from '#cluster/node/containerd.ts'
import { credentialProviders, kubeletConfiguration } from '#cluster/node/kubelet-configuration.ts'
import { knownKubeletRoot, kubeletRoot } from '#cluster/node/mount-namespace.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { defaultIngressPorts, familiesOf, nodeAddresses, nodePodCidrs } from '#cluster/types.ts'
import { UsageError } from '#cluster/usage-error.ts'
import { applyOomScoreAdj } from '#kubelet/node/kernel-flags.ts'
import { startKubelet } from '#kubelet/kubelet.ts'
import { createUpgradeHandlers } from '#kubelet/server/streaming/index.ts'
import { startDns } from '#network/dns/index.ts'
import { rangeFamily } from '#network/ip.ts'
import { startIngress } from '#network/ingress/index.ts'
import { loadBalancerRange, startAnnouncer } from '#network/loadbalancer/index.ts'
import { startLocalhostForwarder } from '#network/localhost-forwarder.ts'
import { startPodNetwork } from '#network/overlay/index.ts'
import { startPolicy } from '#network/policy/index.ts'
import { hostAddress } from '#network/underlay/index.ts'
import { createDrain, startProxy } from '#network/proxy/index.ts'
import { processMetrics } from '#runtime/process-metrics.ts'
import { aborted, startComponent, untilListening } from './component.ts'
import { nodeIdentity } from './node-identity.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: options.node ?? 'agent', inHostNetwork: false })
  const node = config.nodes.find(({ name }) => name === options.node)
  if (!node) throw new UsageError(`there is no node "${options.node}" in this cluster`)
  if (!Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === node.address))) {
    throw new UsageError(`this process is not in the network of ${node.name}: no interface has ${node.address}`)
  }
  await untilListening(config.apiServer.advertiseAddress, config.apiServer.port, signal)
  const identity = await nodeIdentity(config, node, systemClock, log.named('certificates'), signal)
  const common = { clock: systemClock, signal }
  const networkClient = identity.network
  const kubeletClient = identity.kubelet
  const informers = createInformerFactory(networkClient, { clock: systemClock, log: log.named('informers') })
  const network = { ...common, client: networkClient, informers }
  const families = familiesOf(config)
  const secondary = config.secondary && node.secondary ? { ...node.secondary, ranges: config.secondary } : undefined
  const dns = startDns({
    ...network,
    log: log.named('dns'),
    address: config.dnsAddress,
    secondaryAddress: config.secondary?.dnsAddress,
    domain: config.clusterDomain,
  })
  const proxy = startProxy({
    ...network,
    podClient: kubeletClient,
    log: log.named('proxy'),
    nodeName: node.name,
    nodeAddress: node.address,
    podCidr: config.podCidr,
    ...(secondary ? { secondary: { nodeAddress: secondary.address, podCidr: secondary.ranges.podCidr } } : {}),
    ownAddresses: families.map(({ dnsAddress }) => dnsAddress),
    healthPort: 10256,
    processMetrics: () => processMetrics(process, systemClock.now()),
  })
  const podNetwork = config.machine?.podNetwork ?? 'none'
  if (podNetwork !== 'none') {
    // Not waited for: the range of a new node comes after its kubelet has registered it.
    startPodNetwork({
      ...network,
      log: log.named('pod-network'),
      nodeName: node.name,
      nodeAddress: node.address,
      mode: podNetwork,
      podCidr: config.podCidr,
      serviceCidr: config.serviceCidr,
      cni: cniPlace(config, node),
    }).catch((error) => log.error('there is no pod network', { error }))
  }
  if (config.machine?.role === 'agent') startLocalhostForwarder({ ...network, target: node.address, log: log.named('node-ports') })
  // A machine's addresses are its own; those of load balancers are for the link that local nodes share.
  const announcer = config.machine
    ? undefined
    : startAnnouncer({
        ...network,
        log: log.named('load-balancers'),
        nodeName: node.name,
        families: families.map((family) => ({ range: loadBalancerRange(family), gateway: hostAddress(family) })),
      })
  const fallbackKeys = await generateKeys()
  const fallback = { cert: await issueCa('Kubernetes Ingress Controller Fake Certificate', fallbackKeys, systemClock.now()), key: fallbackKeys.privateKey }
  const { ingressPorts = defaultIngressPorts } = config
  if (ingressPorts !== 'off') {
    // Not waited for: the ports may be taken, and the node is of use without them.
    startIngress({
      ...network,
      log: log.named('ingress'),
      nodeName: node.name,
      addresses: nodeAddresses(node),
      httpPort: ingressPorts.http,
      httpsPort: ingressPorts.https,
      fallback,
      dnsAddress: config.dnsAddress,
      ...(config.ingressAccessLog === false ? {} : { accessLog: join(config.dataDir, 'logs', `ingress-access-${node.name}.log`) }),
    }).catch((error) => log.error('ingress is not served', { error }))
  }
  // With caches of its own: Services must not wait for the pods of the whole cluster.
  const policy = startPolicy({
    ...common,
    client: networkClient,
    log: log.named('policy'),
    nodeName: node.name,
    families: families.map(({ podCidr }) => rangeFamily(podCidr)),
  })
  const configuration = kubeletConfiguration(config, node, {
    onLenient: (error) => log.error('using lenient decoding as strict decoding failed', { error }),
  })
  applyOomScoreAdj(configuration.oomScoreAdj, log)
  const kubelet = startKubelet({
    ...common,
    client: kubeletClient,
    log: log.named('kubelet'),
    nodeName: node.name,
    nodeAddress: node.address,
    ...(secondary ? { secondaryNodeAddress: secondary.address } : {}),
    rootDir: kubeletRoot(node),
    csiRootDir: knownKubeletRoot(node),
    podCidrs: nodePodCidrs(node),
    configuration,
    keepImages: builtinImageNames,
    imageCredentialProviders: credentialProviders(config),
    clientCertificate: identity.client,
    useClientCertificate: identity.useClient,
    inhibitShutdown: config.machine !== undefined,
    tls: { cert: identity.serving.certificate, key: identity.serving.key, clientCa: identity.ca },
    upgradeHandlers: createUpgradeHandlers(),
    drain: createDrain({ informers, clock: systemClock, nodeName: node.name, settled: async () => (await proxy).settled() }),
  })
  const [running] = await Promise.all([kubelet, dns, proxy, announcer, policy])
  // The supervisor stops the node, as power failing stops a machine: its pods are given their time first.
  process.on('SIGPWR', () => {
    const stop = () => process.kill(process.pid, 'SIGTERM')
    running.shutdown().then(stop, stop)
  })
  link.ready()
  void identity.keep((pair) => running.serveWith(pair))
  await aborted(signal)
  await running.done
  process.exit(0)
}
