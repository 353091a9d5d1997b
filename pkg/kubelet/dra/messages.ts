/** dra v1 and dra-health v1alpha1 as tables: what a node asks of a driver of dynamic resources (KEP-4381, KEP-4680). */
import { buildServices } from '../cri/definition.ts'

export const draServices = buildServices({
  package: 'k8s.io.kubelet.pkg.apis.dra.v1',
  messages: {
    Claim: 'namespace:string=1 uid:string=2 name:string=3',
    Device: 'request_names:string[]=1 pool_name:string=2 device_name:string=3 cdi_device_ids:string[]=4',
    NodePrepareResourcesRequest: 'claims:Claim[]=1',
    NodePrepareResourceResponse: 'devices:Device[]=1 error:string=2',
    NodePrepareResourcesResponse: 'claims:map.NodePrepareResourceResponse=1',
    NodeUnprepareResourcesRequest: 'claims:Claim[]=1',
    NodeUnprepareResourceResponse: 'error:string=1',
    NodeUnprepareResourcesResponse: 'claims:map.NodeUnprepareResourceResponse=1',
  },
  services: {
    DRAPlugin: {
      NodePrepareResources: ['NodePrepareResourcesRequest', 'NodePrepareResourcesResponse'],
      NodeUnprepareResources: ['NodeUnprepareResourcesRequest', 'NodeUnprepareResourcesResponse'],
    },
  },
})

export const draHealthServices = buildServices({
  package: 'v1alpha1',
  messages: {
    NodeWatchResourcesRequest: '',
    DeviceIdentifier: 'pool_name:string=1 device_name:string=2',
    DeviceHealth: 'device:DeviceIdentifier=1 health:int32=2 last_updated_time:int64=3 health_check_timeout_seconds:int64=4 message:string=5',
    NodeWatchResourcesResponse: 'devices:DeviceHealth[]=1',
  },
  services: { DRAResourceHealth: { NodeWatchResources: ['NodeWatchResourcesRequest', 'NodeWatchResourcesResponse', 'stream'] } },
})

/** What a driver names among its versions when it speaks this one. */
export const serviceVersion = 'v1.DRAPlugin'

export interface PreparedDevice {
  readonly request_names: readonly string[]
  readonly pool_name: string
  readonly device_name: string
  readonly cdi_device_ids: readonly string[]
}

export interface ReportedHealth {
  readonly device: { readonly pool_name: string; readonly device_name: string } | null
  /** 0 unknown, 1 healthy, 2 unhealthy. */
  readonly health: number
  readonly health_check_timeout_seconds: number
  readonly message: string
}
