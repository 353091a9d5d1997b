/** The pod resources API v1, on a socket of the node's: which container has which devices, CPUs and memory (KEP-606). */
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import type { Cpus } from '../cpus/cpu-manager.ts'
import type { Memory } from '../memory/memory-manager.ts'
import type { Block } from '../memory/machine-state.ts'
import { buildServices } from '../cri/definition.ts'
import { Refusal, serveSocket, type SocketServer } from '../plugins/serve.ts'
import { containersOf } from '../runtime/containers.ts'
import type { DeviceManager } from './device-manager.ts'
import type { DevicePlugins } from './device-plugins.ts'

export const podResourcesServices = buildServices({
  package: 'v1',
  messages: {
    ListPodResourcesRequest: '',
    NUMANode: 'ID:int64=1',
    TopologyInfo: 'nodes:NUMANode[]=1',
    ContainerDevices: 'resource_name:string=1 device_ids:string[]=2 topology:TopologyInfo=3',
    ContainerMemory: 'memory_type:string=1 size:uint64=2 topology:TopologyInfo=3',
    ContainerResources: 'name:string=1 devices:ContainerDevices[]=2 cpu_ids:int64[]=3 memory:ContainerMemory[]=4',
    PodResources: 'name:string=1 namespace:string=2 containers:ContainerResources[]=3',
    ListPodResourcesResponse: 'pod_resources:PodResources[]=1',
    AllocatableResourcesRequest: '',
    AllocatableResourcesResponse: 'devices:ContainerDevices[]=1 cpu_ids:int64[]=2 memory:ContainerMemory[]=3',
    GetPodResourcesRequest: 'pod_name:string=1 pod_namespace:string=2',
    GetPodResourcesResponse: 'pod_resources:PodResources=1',
  },
  services: {
    PodResourcesLister: {
      List: ['ListPodResourcesRequest', 'ListPodResourcesResponse'],
      GetAllocatableResources: ['AllocatableResourcesRequest', 'AllocatableResourcesResponse'],
      Get: ['GetPodResourcesRequest', 'GetPodResourcesResponse'],
    },
  },
})

export interface PodResourcesSource {
  readonly plugins: DevicePlugins
  readonly devices: Pick<DeviceManager, 'entries'>
  readonly cpus: Pick<Cpus, 'exclusive' | 'allocatable'>
  readonly memory: Pick<Memory, 'blocksOf' | 'allocatable'>
  readonly pods: () => readonly Pod[]
}

const notFound = 5

export function servePodResources(directory: string, { plugins, devices, cpus, memory, pods }: PodResourcesSource): Promise<SocketServer> {
  const shown = (resource: string, ids: readonly string[]) => {
    const nodes = new Map(ids.flatMap((id) => plugins.device(resource, id)?.topology?.nodes ?? []).map((each) => [each.ID, each]))
    return { resource_name: resource, device_ids: ids, ...(nodes.size > 0 ? { topology: { nodes: [...nodes.values()] } } : {}) }
  }
  const block = ({ type, size, numaAffinity }: Block) => ({ memory_type: type, size, topology: { nodes: numaAffinity.map((ID) => ({ ID })) } })
  const ofPod = (pod: Pod) => ({
    name: pod.metadata.name,
    namespace: pod.metadata.namespace,
    containers: containersOf(pod)
      .filter(({ kind }) => kind === 'regular' || kind === 'sidecar')
      .map(({ container: { name } }) => ({
        name,
        devices: devices
          .entries()
          .filter(({ PodUID, ContainerName }) => PodUID === pod.metadata.uid && ContainerName === name)
          .map(({ ResourceName, DeviceIDs }) => shown(ResourceName, DeviceIDs)),
        cpu_ids: [...cpus.exclusive(pod.metadata.uid, name)],
        memory: memory.blocksOf(pod.metadata.uid, name).map(block),
      })),
  })
  return serveSocket(join(directory, 'kubelet.sock'), podResourcesServices.PodResourcesLister!, {
    unary: {
      List: () => ({ pod_resources: pods().map(ofPod) }),
      GetAllocatableResources: () => ({
        devices: plugins.resources().map((resource) =>
          shown(
            resource,
            plugins.healthy(resource).map(({ ID }) => ID),
          ),
        ),
        cpu_ids: [...cpus.allocatable()],
        memory: memory.allocatable().map(block),
      }),
      Get({ pod_name: name, pod_namespace: namespace }) {
        const pod = pods().find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
        if (!pod) throw new Refusal(notFound, `pod ${name} in namespace ${namespace} not found`)
        return { pod_resources: ofPod(pod) }
      },
    },
  })
}
