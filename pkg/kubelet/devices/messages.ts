/** deviceplugin v1beta1 as a table ("Device Plugins"). */
import { buildServices } from '../cri/definition.ts'

export const apiVersion = 'v1beta1'

export const deviceServices = buildServices({
  package: 'v1beta1',
  messages: {
    Empty: '',
    DevicePluginOptions: 'pre_start_required:bool=1 get_preferred_allocation_available:bool=2',
    RegisterRequest: 'version:string=1 endpoint:string=2 resource_name:string=3 options:DevicePluginOptions=4',
    NUMANode: 'ID:int64=1',
    TopologyInfo: 'nodes:NUMANode[]=1',
    Device: 'ID:string=1 health:string=2 topology:TopologyInfo=3',
    ListAndWatchResponse: 'devices:Device[]=1',
    PreStartContainerRequest: 'devices_ids:string[]=1',
    ContainerPreferredAllocationRequest: 'available_deviceIDs:string[]=1 must_include_deviceIDs:string[]=2 allocation_size:int32=3',
    PreferredAllocationRequest: 'container_requests:ContainerPreferredAllocationRequest[]=1',
    ContainerPreferredAllocationResponse: 'deviceIDs:string[]=1',
    PreferredAllocationResponse: 'container_responses:ContainerPreferredAllocationResponse[]=1',
    ContainerAllocateRequest: 'devices_ids:string[]=1',
    AllocateRequest: 'container_requests:ContainerAllocateRequest[]=1',
    Mount: 'container_path:string=1 host_path:string=2 read_only:bool=3',
    DeviceSpec: 'container_path:string=1 host_path:string=2 permissions:string=3',
    CDIDevice: 'name:string=1',
    ContainerAllocateResponse: 'envs:map=1 mounts:Mount[]=2 devices:DeviceSpec[]=3 annotations:map=4 cdi_devices:CDIDevice[]=5',
    AllocateResponse: 'container_responses:ContainerAllocateResponse[]=1',
  },
  services: {
    Registration: { Register: ['RegisterRequest', 'Empty'] },
    DevicePlugin: {
      GetDevicePluginOptions: ['Empty', 'DevicePluginOptions'],
      ListAndWatch: ['Empty', 'ListAndWatchResponse', 'stream'],
      GetPreferredAllocation: ['PreferredAllocationRequest', 'PreferredAllocationResponse'],
      Allocate: ['AllocateRequest', 'AllocateResponse'],
      PreStartContainer: ['PreStartContainerRequest', 'Empty'],
    },
  },
})

export interface PluginDevice {
  readonly ID: string
  readonly health: string
  readonly topology?: { readonly nodes: readonly { readonly ID: number }[] } | null
}

export interface DevicePluginOptions {
  readonly pre_start_required: boolean
  readonly get_preferred_allocation_available: boolean
}

/** What a container gets along with its devices. */
export interface ContainerAllocation {
  readonly envs: Readonly<Record<string, string>>
  readonly mounts: readonly { readonly container_path: string; readonly host_path: string; readonly read_only: boolean }[]
  readonly devices: readonly { readonly container_path: string; readonly host_path: string; readonly permissions: string }[]
  readonly annotations: Readonly<Record<string, string>>
  readonly cdi_devices: readonly { readonly name: string }[]
}

const allocations = (deviceServices.DevicePlugin as Record<string, { responseSerialize(value: object): Buffer; responseDeserialize(bytes: Buffer): any }>)
  .Allocate!

/** One container's answer is the only field of AllocateResponse, so that its own bytes stand behind that field's tag and length. */
export function encodeAllocation(allocation: ContainerAllocation): Buffer {
  const bytes = allocations.responseSerialize({ container_responses: [allocation] })
  return bytes.subarray(bytes.findIndex((byte, at) => at > 0 && byte < 0x80) + 1)
}

export function decodeAllocation(bytes: Buffer): ContainerAllocation {
  const length: number[] = []
  for (let left = bytes.length; ; left >>>= 7) {
    length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left)
    if (left <= 0x7f) break
  }
  return allocations.responseDeserialize(Buffer.concat([Buffer.from([0x0a, ...length]), bytes])).container_responses[0]
}
