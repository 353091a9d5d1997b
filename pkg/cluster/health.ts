/** Whether a cluster is usable: its API server, its nodes, its DNS. Asked from the host, as a user would. */
import { createSocket } from 'node:dgram'
import type { Node } from '#api/gen/core/v1.ts'
import { nodes as nodeResource } from '#api/gen/resources.ts'
import { createHttpsTransport } from '#client/https-transport.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { decode, encode } from 'dns-packet'
import type { ClusterPki } from './pki/types.ts'
import type { ClusterConfig } from './types.ts'

export function apiServerUrl(config: ClusterConfig): string {
  return `https://127.0.0.1:${config.apiServer.port}`
}

export function adminClient(config: ClusterConfig, pki: ClusterPki): Client {
  return createClient(createHttpsTransport({ server: apiServerUrl(config), ca: pki.ca.certificate, cert: pki.admin.certificate, key: pki.admin.key }))
}

export interface NodeHealth {
  readonly name: string
  readonly ready: boolean
  /** Why not, in the kubelet's words. */
  readonly message: string
  readonly version: string
}

/** The nodes that have registered; undefined while the API server does not answer. */
export async function nodeHealth(client: Client): Promise<readonly NodeHealth[] | undefined> {
  try {
    const { items } = await client.list(nodeResource)
    return items.map(healthOf)
  } catch {
    return undefined
  }
}

function healthOf(node: Node): NodeHealth {
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready')
  return {
    name: node.metadata.name,
    ready: ready?.status === 'True',
    message: ready?.message ?? 'the kubelet has not reported yet',
    version: node.status.nodeInfo?.kubeletVersion ?? '',
  }
}

/** Whether cluster DNS knows the Service `kubernetes`; false after `timeoutMs` without an answer. */
export function dnsAnswers(config: ClusterConfig, timeoutMs = 500): Promise<boolean> {
  const isIpv6 = config.dnsAddress.includes(':')
  const socket = createSocket(isIpv6 ? 'udp6' : 'udp4')
  const query = encode({
    type: 'query',
    id: 1,
    flags: 0x100,
    questions: [{ type: isIpv6 ? 'AAAA' : 'A', name: `kubernetes.default.svc.${config.clusterDomain}` }],
  })
  return new Promise((resolve) => {
    const done = (answers: boolean): void => {
      clearTimeout(timer)
      socket.close()
      resolve(answers)
    }
    const timer = setTimeout(() => done(false), timeoutMs)
    socket.once('error', () => done(false))
    socket.once('message', (message) => done((decode(message).answers ?? []).length > 0))
    socket.send(query, 53, config.dnsAddress, (error) => {
      if (error) done(false)
    })
  })
}
