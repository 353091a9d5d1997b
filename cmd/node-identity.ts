/** Whom a node's agent is to the API server, and what it serves with: of the local cluster's own certificates, or those it was given when it joined. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { replaceableTransport } from '#client/replaceable-transport.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { ensurePki } from '#cluster/components.ts'
import { loadConfig } from '#cluster/config.ts'
import { requestNodeCertificate } from '#cluster/join/certificate.ts'
import { nodeFiles } from '#cluster/join/join-cluster.ts'
import { keepCertificates } from '#cluster/join/keep-certificates.ts'
import { readIfThere, writeAtomically } from '#cluster/pki/atomic-file.ts'
import { generateKeys, issueCa } from '#cluster/pki/issue.ts'
import { type ClusterConfig, type NodePlan, nodeAddresses } from '#cluster/types.ts'
import { gitVersion } from '#cluster/version.ts'
import { inUrl } from '#network/ip.ts'
import { lasts, stillServes } from '#cluster/pki/validity.ts'

/** By this name the API server notes what fields the kubelet has written. */
const kubeletUserAgent = `kubelet/${gitVersion}`

interface Pair {
  readonly certificate: string
  readonly key: string
}

export interface NodeIdentity {
  readonly ca: string
  readonly kubelet: Client
  /** What `kubelet` shows now, and what it shows from now on. */
  readonly client: Pair
  readonly useClient: (pair: Pair) => void
  /** For what watches the whole cluster: Services, policies, names. */
  readonly network: Client
  readonly serving: Pair
  /** Keeps the certificates current while the agent runs; the kubelet is told to serve with new ones. */
  readonly keep: (serve: (pair: Pair) => void) => Promise<void>
}

export async function nodeIdentity(config: ClusterConfig, node: NodePlan, clock: Clock, log: Logger, signal: AbortSignal): Promise<NodeIdentity> {
  const server = `https://${inUrl(config.apiServer.advertiseAddress)}:${config.apiServer.port}`
  const transportAs = (ca: string, { certificate, key }: Pair) => createKeepAliveTransport({ server, ca, cert: certificate, key })
  const clientAs = (ca: string, pair: Pair) => createClient(transportAs(ca, pair))
  if (config.machine?.role !== 'agent') {
    const pki = await ensurePki(config, clock)
    const { client, serving } = pki.nodes[node.name]!
    const ca = pki.ca.certificate
    const transport = replaceableTransport(transportAs(ca, client))
    const network = replaceableTransport(transportAs(ca, pki.kubeProxy))
    const useClient = (pair: Pair) => transport.replace(transportAs(ca, pair))
    return {
      ca,
      kubelet: createClient(transport, { userAgent: kubeletUserAgent }),
      client,
      useClient,
      network: createClient(network),
      serving,
      keep: keepLocal,
    }

    /** The cluster's own certificates are made here, so nobody has to be asked for new ones. */
    function keepLocal(serve: (pair: Pair) => void): Promise<void> {
      const current = { client, serving }
      return keepCertificates({
        clock,
        log,
        signal,
        lasts: (kind) => lasts(new X509Certificate(current[kind].certificate), clock.now()),
        async request(kind) {
          // By the plan as it is now: nodes may have come since, whose names stand in certificates, too.
          const { nodes, kubeProxy } = await ensurePki((await loadConfig(config.dataDir)) ?? config, clock)
          if (kind === 'client') network.replace(transportAs(ca, kubeProxy))
          const made = nodes[node.name]
          if (!made) throw new Error(`${node.name} is no node of this cluster any more`)
          return made[kind]
        },
        use(kind, pair) {
          current[kind] = { ...current[kind], ...pair }
          if (kind === 'client') useClient(pair)
          else serve(pair)
        },
      })
    }
  }
  const files = nodeFiles(config.dataDir)
  const ca = readFileSync(files.ca, 'utf8')
  const own = await renewed({ certificate: readFileSync(files.client.certificate, 'utf8'), key: readFileSync(files.client.key, 'utf8') })
  const transport = replaceableTransport(transportAs(ca, own))
  const useClient = (pair: Pair) => {
    writeAtomically(files.client.key, pair.key)
    writeAtomically(files.client.certificate, pair.certificate)
    transport.replace(transportAs(ca, pair))
  }
  const kubelet = createClient(transport, { userAgent: kubeletUserAgent })
  return { ca, kubelet, client: own, useClient, network: createClient(transport), serving: keptServing() ?? (await provisional(node)), keep }

  /** Asked for by the one that still serves. */
  async function renewed(pair: Pair): Promise<Pair> {
    if (lasts(new X509Certificate(pair.certificate), clock.now())) return pair
    const asking = clientAs(ca, pair)
    try {
      const made = await requestNodeCertificate(asking, { nodeName: node.name, kind: 'client', signal })
      writeAtomically(files.client.key, made.key)
      writeAtomically(files.client.certificate, made.certificate)
      return made
    } catch (error) {
      log.warn('the certificate of this node ends soon and could not be renewed', { error })
      return pair
    } finally {
      asking.close()
    }
  }

  function keptServing(): Pair | undefined {
    const [certificate, key] = [readIfThere(files.serving.certificate), readIfThere(files.serving.key)]
    const request = {
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
      usages: ['server'],
      dnsNames: [node.name],
      addresses: nodeAddresses(node),
    } as const
    return certificate && key && stillServes(certificate, key, ca, request, clock.now()) ? { certificate, key } : undefined
  }

  /** The cluster signs what names the node's addresses, so the Node object must be there first; until then the kubelet serves with a provisional one. */
  function keep(serve: (pair: Pair) => void): Promise<void> {
    return keepCertificates({
      clock,
      log,
      signal,
      // Read anew: the kubelet may have been told to renew its own.
      lasts: (kind) => (kind === 'serving' ? keptServing() !== undefined : lasts(new X509Certificate(readFileSync(files.client.certificate)), clock.now())),
      request: (kind) =>
        requestNodeCertificate(kubelet, { nodeName: node.name, kind, ...(kind === 'serving' ? { addresses: nodeAddresses(node) } : {}), signal }),
      use(kind, pair) {
        if (kind === 'client') return useClient(pair)
        writeAtomically(files.serving.key, pair.key)
        writeAtomically(files.serving.certificate, pair.certificate)
        serve(pair)
      },
    })
  }
}

async function provisional(node: NodePlan): Promise<Pair> {
  const keys = await generateKeys()
  return { certificate: await issueCa(node.name, keys, Date.now()), key: keys.privateKey }
}
