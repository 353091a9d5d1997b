/** Makes this machine a node of a cluster elsewhere: what it needs is in its data directory afterwards. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { configMaps, nodes } from '#api/gen/resources.ts'
import { isForbidden, isNotFound, isUnauthorized } from '#apimachinery/status-error.ts'
import { createHttpsTransport } from '#client/https-transport.ts'
import { parseKubeconfig } from '#client/kubeconfig.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { saveConfig } from '../config.ts'
import { planAgent } from '../machine-plan.ts'
import { writeAtomically } from '../pki/atomic-file.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { requestNodeCertificate } from './certificate.ts'
import { planName, type SharedPlan } from './cluster-info.ts'
import { type JoinToken, publicKeyHash } from './token.ts'

export interface JoinOptions {
  /** "https://10.0.0.1:6443". */
  readonly server: URL
  readonly token: JoinToken
  readonly name: string
  readonly dataDir: string
  readonly nodeName: string
  /** The address by which the server is reached, unless given. */
  readonly nodeAddress?: string
  /** The machine's own container runtime. */
  readonly runtimeEndpoint?: string | undefined
  readonly progress: (text: string) => void
}

export interface NodeFiles {
  readonly ca: string
  readonly client: { readonly certificate: string; readonly key: string }
  readonly serving: { readonly certificate: string; readonly key: string }
}

/** Where a joined machine keeps its certificates. */
export function nodeFiles(dataDir: string): NodeFiles {
  const at = (name: string) => join(dataDir, 'pki', name)
  return {
    ca: at('ca.crt'),
    client: { certificate: at('kubelet-client.crt'), key: at('kubelet-client.key') },
    serving: { certificate: at('kubelet.crt'), key: at('kubelet.key') },
  }
}

export async function joinCluster(options: JoinOptions): Promise<ClusterConfig> {
  const { server, token, nodeName, dataDir, progress } = options
  const nodeAddress = options.nodeAddress ?? (await localAddressTowards(server))
  const ca = await trustedCa(server, token)
  progress(`the server is the one that the token names`)
  const client = createClient(createHttpsTransport({ server: server.href, ca, token: `${token.id}.${token.secret}` }))
  try {
    const plan = await sharedPlan(client, server)
    await refuseTakenName(client, nodeName)
    const issued = await requestNodeCertificate(client, { nodeName, kind: 'client' })
    const files = nodeFiles(dataDir)
    writeAtomically(files.ca, ca)
    writeAtomically(files.client.key, issued.key)
    writeAtomically(files.client.certificate, issued.certificate)
    progress(`the cluster has signed a certificate for ${nodeName}`)
    // Last of all: a machine that has a plan has everything.
    const config = planAgent({ ...options, nodeAddress, plan })
    await saveConfig(config)
    return config
  } finally {
    client.close()
  }
}

/** The CA that the server publishes to everyone, if it is the one of the token. Nothing secret is said before. */
async function trustedCa(server: URL, { caHash }: JoinToken): Promise<string> {
  const client = createClient(createHttpsTransport({ server: server.href, insecureSkipTlsVerify: true }))
  try {
    const info = await client.get(configMaps, { namespace: 'kube-public', name: 'cluster-info' })
    const [cluster] = parseKubeconfig(info.data?.kubeconfig ?? '').clusters.values()
    if (cluster?.ca && publicKeyHash(cluster.ca) === caHash) return cluster.ca
    throw new UsageError(`${server.origin} is not the server that made this token: its certificate authority is another`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (isForbidden(error) || isNotFound(error) || isUnauthorized(error)) throw notJoinable(server)
    throw new UsageError(`${server.origin} does not answer as an API server: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    client.close()
  }
}

async function sharedPlan(client: Client, server: URL): Promise<SharedPlan> {
  try {
    const { data } = await client.get(configMaps, { namespace: 'kube-system', name: planName })
    return JSON.parse(data?.plan ?? '') as SharedPlan
  } catch (error) {
    if (isUnauthorized(error)) throw new UsageError('the server does not know this token, or it has ended; make another on the server with: k8ts token create')
    if (isForbidden(error) || isNotFound(error)) throw notJoinable(server)
    throw error
  }
}

function notJoinable(server: URL): UsageError {
  return new UsageError(`${server.origin} does not let machines join; a cluster that does is started with: k8ts server`)
}

async function refuseTakenName(client: Client, name: string): Promise<void> {
  try {
    const { status } = await client.get(nodes, { name })
    if (status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'))
      throw new UsageError(
        `a Node with name "${name}" and status "Ready" already exists in the cluster; choose another with --node-name, or delete that node first`,
      )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function localAddressTowards(server: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.hostname, port: Number(server.port || 443), timeout: 10_000 })
    const failed = (why: string) => {
      socket.destroy()
      reject(new UsageError(`${server.origin} cannot be reached: ${why}`))
    }
    socket.once('connect', () => {
      const address = socket.localAddress
      socket.destroy()
      address ? resolve(address) : failed('no local address')
    })
    socket.once('error', (error) => failed(error.message))
    socket.once('timeout', () => failed('no answer within 10 s'))
  })
}
