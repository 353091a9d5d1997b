/** From a pod or a node's name to the kubelet that answers for it. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { badRequest, notFound, StatusError } from '#apimachinery/status-error.ts'
import { cachedReader, type ReadAccess } from '../cached-reader.ts'
import type { KubeletLocation } from './types.ts'

const defaultPort = 10250
/** kubeadm's --kubelet-preferred-address-types. */
const preferredAddresses = ['InternalIP', 'ExternalIP', 'Hostname']

export interface Locator {
  pod(namespace: string, name: string): Promise<Pod>
  node(name: string): Promise<Node>
  /** Of the node that a pod is on; one that is not there upstream takes for a pod that is not. */
  kubelet(nodeName: string): Promise<KubeletLocation>
}

export function locator(access: ReadAccess): Locator {
  const podReader = cachedReader(access, pods)
  const nodeReader = cachedReader(access, nodes)
  const node = async (name: string): Promise<Node> => {
    const found = await nodeReader.get(undefined, name)
    if (!found) throw notFound({ group: '', resource: 'nodes' }, name)
    return found
  }
  return {
    node,
    // Live, because the cache may not know yet where the pod was bound.
    async pod(namespace, name) {
      const found = await podReader.getLive(namespace, name)
      if (!found) throw notFound({ group: '', resource: 'pods' }, name)
      return found
    },
    async kubelet(nodeName) {
      const found = await nodeReader.get(undefined, nodeName)
      if (!found) throw notFound({ group: '', resource: 'pods' }, nodeName)
      return kubeletOf(found)
    },
  }
}

export function kubeletOf({ status }: Node): KubeletLocation {
  const known = status?.addresses ?? []
  for (const type of preferredAddresses) {
    const address = known.find((each) => each.type === type)?.address
    if (address) return { host: address, port: status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultPort }
  }
  const message = `no preferred addresses found; known addresses: [${known.map(({ type, address }) => `{${type} ${address}}`).join(' ')}]`
  throw new StatusError({ code: 500, reason: '', message })
}

/** The container to speak to: the one named, or the only one. */
export function containerOf({ metadata, spec }: Pod, wanted: string | null): string {
  const containers = spec?.containers ?? []
  const names = [...(spec?.initContainers ?? []), ...containers, ...(spec?.ephemeralContainers ?? [])].map((each) => each.name)
  if (!wanted) {
    if (containers.length === 1) return containers[0]!.name
    throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`)
  }
  if (!names.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`)
  return wanted
}
