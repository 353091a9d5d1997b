/** dra v1 as a table: what a node asks of a driver of dynamic resources (KEP-4381). */
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

/** What a driver names among its versions when it speaks this one. */
export const serviceVersion = 'v1.DRAPlugin'

export interface PreparedDevice {
  readonly request_names: readonly string[]
  readonly pool_name: string
  readonly device_name: string
  readonly cdi_device_ids: readonly string[]
}
