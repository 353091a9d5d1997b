/** One node's agent: kubelet, service proxy and DNS, inside the node's network and mount namespaces. */
import { networkInterfaces } from 'node:os'
import { systemClock } from '#base/clock.ts'
import { createHttpsTransport } from '#client/https-transport.ts'
import { createInformerFactory } from '#client/informer.ts'
import { createClient } from '#client/rest.ts'
import { ensurePki } from '#cluster/components.ts'
import { builtinImageNames } from '#cluster/images/builtin.ts'
import { kubeletConfiguration } from '#cluster/node/kubelet-configuration.ts'
import { kubeletRoot } from '#cluster/node/mount-namespace.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { UsageError } from '#cluster/usage-error.ts'
import { startKubelet } from '#kubelet/kubelet.ts'
import { createUpgradeHandlers } from '#kubelet/server/streaming/index.ts'
import { startDns } from '#network/dns/index.ts'
import { startIngress } from '#network/ingress/index.ts'
import { loadBalancerRange, startAnnouncer } from '#network/loadbalancer/index.ts'
import { startPolicy } from '#network/policy/index.ts'
import { createDrain, startProxy } from '#network/proxy/index.ts'
import { aborted, startComponent, untilListening } from './component.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: options.node ?? 'agent', inHostNetwork: false })
  const node = config.nodes.find(({ name }) => name === options.node)
  if (!node) throw new UsageError(`there is no node "${options.node}" in this cluster`)
  if (!Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === node.address))) {
    throw new UsageError(`this process is not in the network of ${node.name}: no interface has ${node.address}`)
  }
  await untilListening(config.apiServer.advertiseAddress, config.apiServer.port, signal)
  const pki = await ensurePki(config)
  const certificates = pki.nodes[node.name]!
  const server = `https://${config.apiServer.advertiseAddress}:${config.apiServer.port}`
  const clientAs = ({ certificate, key }: KeyPair) => createClient(createHttpsTransport({ server, ca: pki.ca.certificate, cert: certificate, key }))
  const common = { clock: systemClock, signal }
  const networkClient = clientAs(pki.kubeProxy)
  const kubeletClient = clientAs(certificates.client)
  const informers = createInformerFactory(networkClient, { clock: systemClock, log: log.named('informers') })
  const network = { ...common, client: networkClient, informers }
  const dns = startDns({ ...network, log: log.named('dns'), address: config.dnsAddress, domain: config.clusterDomain })
  const proxy = startProxy({
    ...network,
    podClient: kubeletClient,
    log: log.named('proxy'),
    nodeName: node.name,
    nodeAddress: node.address,
    podCidr: config.podCidr,
    ownAddresses: [config.dnsAddress],
  })
  const announcer = startAnnouncer({
    ...network,
    log: log.named('load-balancers'),
    nodeName: node.name,
    range: loadBalancerRange(config),
    gateway: config.apiServer.advertiseAddress,
  })
  const fallbackKeys = await generateKeys()
  const fallback = { cert: await issueCa('Kubernetes Ingress Controller Fake Certificate', fallbackKeys, systemClock.now()), key: fallbackKeys.privateKey }
  // Not waited for: the ports may be taken, and the node is of use without them.
  startIngress({ ...network, log: log.named('ingress'), nodeName: node.name, addresses: [node.address], fallback }).catch((error) =>
    log.error('ingress is not served', { error }),
  )
  // With caches of its own: Services must not wait for the pods of the whole cluster.
  const policy = startPolicy({ ...common, client: networkClient, log: log.named('policy'), nodeName: node.name })
  const kubelet = startKubelet({
    ...common,
    client: kubeletClient,
    log: log.named('kubelet'),
    nodeName: node.name,
    nodeAddress: node.address,
    rootDir: kubeletRoot(node),
    configuration: kubeletConfiguration(config, node),
    keepImages: builtinImageNames,
    tls: { cert: certificates.serving.certificate, key: certificates.serving.key, clientCa: pki.ca.certificate },
    upgradeHandlers: createUpgradeHandlers(),
    drain: createDrain({ informers, clock: systemClock, settled: async () => (await proxy).settled() }),
  })
  await Promise.all([dns, proxy, announcer, policy, kubelet])
  link.ready()
  await aborted(signal)
  await (await kubelet).done
  process.exit(0)
}
