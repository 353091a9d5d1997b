/** csi.v1 as a table: of the specification what a node asks of a driver. */
import { buildServices } from '../cri/definition.ts'

export const csiServices = buildServices({
  package: 'csi.v1',
  enums: {
    AccessMode: [
      'UNKNOWN',
      'SINGLE_NODE_WRITER',
      'SINGLE_NODE_READER_ONLY',
      'MULTI_NODE_READER_ONLY',
      'MULTI_NODE_SINGLE_WRITER',
      'MULTI_NODE_MULTI_WRITER',
      'SINGLE_NODE_SINGLE_WRITER',
      'SINGLE_NODE_MULTI_WRITER',
    ],
    NodeRpc: ['UNKNOWN_RPC', 'STAGE_UNSTAGE_VOLUME', 'GET_VOLUME_STATS', 'EXPAND_VOLUME', 'VOLUME_CONDITION', 'SINGLE_NODE_MULTI_WRITER', 'VOLUME_MOUNT_GROUP'],
    UsageUnit: ['UNKNOWN_UNIT', 'BYTES', 'INODES'],
  },
  messages: {
    MountVolume: 'fs_type:string=1 mount_flags:string[]=2 volume_mount_group:string=3',
    BlockVolume: '',
    AccessModeOf: 'mode:AccessMode=1',
    VolumeCapability: 'block:BlockVolume=1 mount:MountVolume=2 access_mode:AccessModeOf=3',
    Topology: 'segments:map=1',
    NodeGetInfoRequest: '',
    NodeGetInfoResponse: 'node_id:string=1 max_volumes_per_node:int64=2 accessible_topology:Topology=3',
    NodeGetCapabilitiesRequest: '',
    NodeRpcOf: 'type:NodeRpc=1',
    NodeServiceCapability: 'rpc:NodeRpcOf=1',
    NodeGetCapabilitiesResponse: 'capabilities:NodeServiceCapability[]=1',
    NodeStageVolumeRequest:
      'volume_id:string=1 publish_context:map=2 staging_target_path:string=3 volume_capability:VolumeCapability=4 secrets:map=5 volume_context:map=6',
    NodeUnstageVolumeRequest: 'volume_id:string=1 staging_target_path:string=2',
    NodePublishVolumeRequest:
      'volume_id:string=1 publish_context:map=2 staging_target_path:string=3 target_path:string=4 volume_capability:VolumeCapability=5 ' +
      'readonly:bool=6 secrets:map=7 volume_context:map=8',
    NodeUnpublishVolumeRequest: 'volume_id:string=1 target_path:string=2',
    CapacityRange: 'required_bytes:int64=1 limit_bytes:int64=2',
    NodeExpandVolumeRequest:
      'volume_id:string=1 volume_path:string=2 capacity_range:CapacityRange=3 staging_target_path:string=4 volume_capability:VolumeCapability=5 secrets:map=6',
    NodeExpandVolumeResponse: 'capacity_bytes:int64=1',
    NodeGetVolumeStatsRequest: 'volume_id:string=1 volume_path:string=2 staging_target_path:string=3',
    VolumeUsage: 'available:int64=1 total:int64=2 used:int64=3 unit:UsageUnit=4',
    VolumeCondition: 'abnormal:bool=1 message:string=2',
    NodeGetVolumeStatsResponse: 'usage:VolumeUsage[]=1 volume_condition:VolumeCondition=2',
    Nothing: '',
  },
  services: {
    Node: {
      NodeGetInfo: ['NodeGetInfoRequest', 'NodeGetInfoResponse'],
      NodeGetCapabilities: ['NodeGetCapabilitiesRequest', 'NodeGetCapabilitiesResponse'],
      NodeStageVolume: ['NodeStageVolumeRequest', 'Nothing'],
      NodeUnstageVolume: ['NodeUnstageVolumeRequest', 'Nothing'],
      NodePublishVolume: ['NodePublishVolumeRequest', 'Nothing'],
      NodeUnpublishVolume: ['NodeUnpublishVolumeRequest', 'Nothing'],
      NodeExpandVolume: ['NodeExpandVolumeRequest', 'NodeExpandVolumeResponse'],
      NodeGetVolumeStats: ['NodeGetVolumeStatsRequest', 'NodeGetVolumeStatsResponse'],
    },
  },
})

export interface NodeInfo {
  readonly node_id: string
  readonly max_volumes_per_node: number
  readonly accessible_topology?: { readonly segments: Readonly<Record<string, string>> } | null
}

export interface VolumeStats {
  readonly usage: readonly { readonly available: number; readonly total: number; readonly used: number; readonly unit: string }[]
  readonly volume_condition?: { readonly abnormal: boolean; readonly message: string } | null
}
