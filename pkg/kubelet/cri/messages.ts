/**
 * CRI v1 as a table: message, then `field:type=number`. `[]` marks a repeated field, `map` a map of strings, `map.X` one of messages X.
 * Only what this kubelet sends or reads; a field that is not named here is skipped on the wire, as protobuf allows.
 */
export const enums = {
  Protocol: ['TCP', 'UDP', 'SCTP'],
  MountPropagation: ['PROPAGATION_PRIVATE', 'PROPAGATION_HOST_TO_CONTAINER', 'PROPAGATION_BIDIRECTIONAL'],
  NamespaceMode: ['POD', 'CONTAINER', 'NODE', 'TARGET'],
  SupplementalGroupsPolicy: ['Merge', 'Strict'],
  ProfileType: ['RuntimeDefault', 'Unconfined', 'Localhost'],
  PodSandboxState: ['SANDBOX_READY', 'SANDBOX_NOTREADY'],
  ContainerState: ['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED', 'CONTAINER_UNKNOWN'],
} as const

export const messages: Readonly<Record<string, string>> = {
  Empty: '',
  Int64Value: 'value:int64=1',
  UInt64Value: 'value:uint64=1',
  VersionRequest: 'version:string=1',
  VersionResponse: 'version:string=1 runtimeName:string=2 runtimeVersion:string=3 runtimeApiVersion:string=4',

  DNSConfig: 'servers:string[]=1 searches:string[]=2 options:string[]=3',
  PortMapping: 'protocol:Protocol=1 containerPort:int32=2 hostPort:int32=3 hostIp:string=4',
  IDMapping: 'hostId:uint32=1 containerId:uint32=2 length:uint32=3',
  Mount:
    'containerPath:string=1 hostPath:string=2 readonly:bool=3 selinuxRelabel:bool=4 propagation:MountPropagation=5 ' +
    'uidMappings:IDMapping[]=6 gidMappings:IDMapping[]=7 recursiveReadOnly:bool=8 image:ImageSpec=9 imageSubPath:string=10',
  UserNamespace: 'mode:NamespaceMode=1 uids:IDMapping[]=2 gids:IDMapping[]=3',
  NamespaceOption: 'network:NamespaceMode=1 pid:NamespaceMode=2 ipc:NamespaceMode=3 targetId:string=4 usernsOptions:UserNamespace=5',
  SecurityProfile: 'profileType:ProfileType=1 localhostRef:string=2',
  SELinuxOption: 'user:string=1 role:string=2 type:string=3 level:string=4',
  LinuxSandboxSecurityContext:
    'namespaceOptions:NamespaceOption=1 selinuxOptions:SELinuxOption=2 runAsUser:Int64Value=3 runAsGroup:Int64Value=8 readonlyRootfs:bool=4 supplementalGroups:int64[]=5 ' +
    'privileged:bool=6 seccomp:SecurityProfile=9 apparmor:SecurityProfile=10 supplementalGroupsPolicy:SupplementalGroupsPolicy=11',
  LinuxPodSandboxConfig:
    'cgroupParent:string=1 securityContext:LinuxSandboxSecurityContext=2 sysctls:map=3 overhead:LinuxContainerResources=4 resources:LinuxContainerResources=5',
  PodSandboxMetadata: 'name:string=1 uid:string=2 namespace:string=3 attempt:uint32=4',
  PodSandboxConfig:
    'metadata:PodSandboxMetadata=1 hostname:string=2 logDirectory:string=3 dnsConfig:DNSConfig=4 portMappings:PortMapping[]=5 labels:map=6 ' +
    'annotations:map=7 linux:LinuxPodSandboxConfig=8',
  RunPodSandboxRequest: 'config:PodSandboxConfig=1 runtimeHandler:string=2',
  PodSandboxId: 'podSandboxId:string=1',
  PodSandboxStatusRequest: 'podSandboxId:string=1 verbose:bool=2',
  PodIP: 'ip:string=1',
  PodSandboxNetworkStatus: 'ip:string=1 additionalIps:PodIP[]=2',
  Namespace: 'options:NamespaceOption=2',
  LinuxPodSandboxStatus: 'namespaces:Namespace=1',
  PodSandboxStatus:
    'id:string=1 metadata:PodSandboxMetadata=2 state:PodSandboxState=3 createdAt:int64=4 network:PodSandboxNetworkStatus=5 ' +
    'linux:LinuxPodSandboxStatus=6 labels:map=7 annotations:map=8 runtimeHandler:string=9',
  PodSandboxStatusResponse: 'status:PodSandboxStatus=1 info:map=2',
  PodSandboxStateValue: 'state:PodSandboxState=1',
  PodSandboxFilter: 'id:string=1 state:PodSandboxStateValue=2 labelSelector:map=3',
  ListPodSandboxRequest: 'filter:PodSandboxFilter=1',
  PodSandbox: 'id:string=1 metadata:PodSandboxMetadata=2 state:PodSandboxState=3 createdAt:int64=4 labels:map=5 annotations:map=6 runtimeHandler:string=7',
  ListPodSandboxResponse: 'items:PodSandbox[]=1',

  ImageSpec: 'image:string=1 annotations:map=2 userSpecifiedImage:string=18 runtimeHandler:string=19',
  KeyValue: 'key:string=1 value:bytes=2',
  HugepageLimit: 'pageSize:string=1 limit:uint64=2',
  LinuxContainerResources:
    'cpuPeriod:int64=1 cpuQuota:int64=2 cpuShares:int64=3 memoryLimitInBytes:int64=4 oomScoreAdj:int64=5 cpusetCpus:string=6 cpusetMems:string=7 ' +
    'hugepageLimits:HugepageLimit[]=8 unified:map=9 memorySwapLimitInBytes:int64=10',
  Capability: 'addCapabilities:string[]=1 dropCapabilities:string[]=2 addAmbientCapabilities:string[]=3',
  LinuxContainerSecurityContext:
    'capabilities:Capability=1 privileged:bool=2 namespaceOptions:NamespaceOption=3 selinuxOptions:SELinuxOption=4 runAsUser:Int64Value=5 runAsGroup:Int64Value=12 ' +
    'runAsUsername:string=6 readonlyRootfs:bool=7 supplementalGroups:int64[]=8 noNewPrivs:bool=11 maskedPaths:string[]=13 readonlyPaths:string[]=14 ' +
    'seccomp:SecurityProfile=15 apparmor:SecurityProfile=16 supplementalGroupsPolicy:SupplementalGroupsPolicy=17',
  LinuxContainerConfig: 'resources:LinuxContainerResources=1 securityContext:LinuxContainerSecurityContext=2',
  LinuxContainerUser: 'uid:int64=1 gid:int64=2 supplementalGroups:int64[]=3',
  ContainerMetadata: 'name:string=1 attempt:uint32=2',
  CDIDevice: 'name:string=1',
  Device: 'containerPath:string=1 hostPath:string=2 permissions:string=3',
  ContainerConfig:
    'metadata:ContainerMetadata=1 image:ImageSpec=2 command:string[]=3 args:string[]=4 workingDir:string=5 envs:KeyValue[]=6 mounts:Mount[]=7 ' +
    'devices:Device[]=8 labels:map=9 annotations:map=10 logPath:string=11 stdin:bool=12 stdinOnce:bool=13 tty:bool=14 linux:LinuxContainerConfig=15 CDI_devices:CDIDevice[]=17 ' +
    'stopSignal:int32=18',
  CreateContainerRequest: 'podSandboxId:string=1 config:ContainerConfig=2 sandboxConfig:PodSandboxConfig=3',
  ContainerId: 'containerId:string=1',
  StopContainerRequest: 'containerId:string=1 timeout:int64=2',
  ContainerStateValue: 'state:ContainerState=1',
  ContainerFilter: 'id:string=1 state:ContainerStateValue=2 podSandboxId:string=3 labelSelector:map=4',
  ListContainersRequest: 'filter:ContainerFilter=1',
  Container:
    'id:string=1 podSandboxId:string=2 metadata:ContainerMetadata=3 image:ImageSpec=4 imageRef:string=5 state:ContainerState=6 createdAt:int64=7 ' +
    'labels:map=8 annotations:map=9 imageId:string=10',
  ListContainersResponse: 'containers:Container[]=1',
  ContainerStatusRequest: 'containerId:string=1 verbose:bool=2',
  ContainerUser: 'linux:LinuxContainerUser=1',
  ContainerResources: 'linux:LinuxContainerResources=1',
  ContainerStatus:
    'id:string=1 metadata:ContainerMetadata=2 state:ContainerState=3 createdAt:int64=4 startedAt:int64=5 finishedAt:int64=6 exitCode:int32=7 ' +
    'image:ImageSpec=8 imageRef:string=9 reason:string=10 message:string=11 labels:map=12 annotations:map=13 mounts:Mount[]=14 logPath:string=15 ' +
    'resources:ContainerResources=16 imageId:string=17 user:ContainerUser=18 stopSignal:int32=19',
  ContainerStatusResponse: 'status:ContainerStatus=1 info:map=2',
  UpdateContainerResourcesRequest: 'containerId:string=1 linux:LinuxContainerResources=2 annotations:map=4',
  ExecSyncRequest: 'containerId:string=1 cmd:string[]=2 timeout:int64=3',
  ExecSyncResponse: 'stdout:bytes=1 stderr:bytes=2 exitCode:int32=3',
  ExecRequest: 'containerId:string=1 cmd:string[]=2 tty:bool=3 stdin:bool=4 stdout:bool=5 stderr:bool=6',
  AttachRequest: 'containerId:string=1 stdin:bool=2 tty:bool=3 stdout:bool=4 stderr:bool=5',
  PortForwardRequest: 'podSandboxId:string=1 port:int32[]=2',
  UrlResponse: 'url:string=1',

  ImageFilter: 'image:ImageSpec=1',
  ListImagesRequest: 'filter:ImageFilter=1',
  Image: 'id:string=1 repoTags:string[]=2 repoDigests:string[]=3 size:uint64=4 uid:Int64Value=5 username:string=6 spec:ImageSpec=7 pinned:bool=8',
  ListImagesResponse: 'images:Image[]=1',
  ImageStatusRequest: 'image:ImageSpec=1 verbose:bool=2',
  ImageStatusResponse: 'image:Image=1 info:map=2',
  AuthConfig: 'username:string=1 password:string=2 auth:string=3 serverAddress:string=4 identityToken:string=5 registryToken:string=6',
  PullImageRequest: 'image:ImageSpec=1 auth:AuthConfig=2 sandboxConfig:PodSandboxConfig=3',
  PullImageResponse: 'imageRef:string=1',
  RemoveImageRequest: 'image:ImageSpec=1',

  RuntimeCondition: 'type:string=1 status:bool=2 reason:string=3 message:string=4',
  RuntimeStatus: 'conditions:RuntimeCondition[]=1',
  RuntimeHandlerFeatures: 'recursiveReadOnlyMounts:bool=1 userNamespaces:bool=2',
  RuntimeHandler: 'name:string=1 features:RuntimeHandlerFeatures=2',
  StatusRequest: 'verbose:bool=1',
  RuntimeFeatures: 'supplementalGroupsPolicy:bool=1',
  StatusResponse: 'status:RuntimeStatus=1 info:map=2 runtimeHandlers:RuntimeHandler[]=3 features:RuntimeFeatures=4',
  FilesystemIdentifier: 'mountpoint:string=1',
  FilesystemUsage: 'timestamp:int64=1 fsId:FilesystemIdentifier=2 usedBytes:UInt64Value=3 inodesUsed:UInt64Value=4',
  ImageFsInfoResponse: 'imageFilesystems:FilesystemUsage[]=1 containerFilesystems:FilesystemUsage[]=2',
  CheckpointContainerRequest: 'containerId:string=1 location:string=2 timeout:int64=3',
  ContainerStatsFilter: 'id:string=1 podSandboxId:string=2 labelSelector:map=3',
  ListContainerStatsRequest: 'filter:ContainerStatsFilter=1',
  ListContainerStatsResponse: 'stats:ContainerStats[]=1',
  ContainerStatsResponse: 'stats:ContainerStats=1',
  ContainerAttributes: 'id:string=1 metadata:ContainerMetadata=2 labels:map=3 annotations:map=4',
  ContainerStats: 'attributes:ContainerAttributes=1 cpu:CpuUsage=2 memory:MemoryUsage=3 writableLayer:FilesystemUsage=4',
  CpuUsage: 'timestamp:int64=1 usageCoreNanoSeconds:UInt64Value=2 usageNanoCores:UInt64Value=3',
  MemoryUsage:
    'timestamp:int64=1 workingSetBytes:UInt64Value=2 availableBytes:UInt64Value=3 usageBytes:UInt64Value=4 rssBytes:UInt64Value=5 ' +
    'pageFaults:UInt64Value=6 majorPageFaults:UInt64Value=7',
}

/** Method, request, response. */
export const runtimeMethods = {
  Version: ['VersionRequest', 'VersionResponse'],
  RunPodSandbox: ['RunPodSandboxRequest', 'PodSandboxId'],
  StopPodSandbox: ['PodSandboxId', 'Empty'],
  RemovePodSandbox: ['PodSandboxId', 'Empty'],
  PodSandboxStatus: ['PodSandboxStatusRequest', 'PodSandboxStatusResponse'],
  ListPodSandbox: ['ListPodSandboxRequest', 'ListPodSandboxResponse'],
  CreateContainer: ['CreateContainerRequest', 'ContainerId'],
  StartContainer: ['ContainerId', 'Empty'],
  StopContainer: ['StopContainerRequest', 'Empty'],
  RemoveContainer: ['ContainerId', 'Empty'],
  ListContainers: ['ListContainersRequest', 'ListContainersResponse'],
  ContainerStatus: ['ContainerStatusRequest', 'ContainerStatusResponse'],
  UpdateContainerResources: ['UpdateContainerResourcesRequest', 'Empty'],
  ReopenContainerLog: ['ContainerId', 'Empty'],
  ExecSync: ['ExecSyncRequest', 'ExecSyncResponse'],
  Exec: ['ExecRequest', 'UrlResponse'],
  Attach: ['AttachRequest', 'UrlResponse'],
  PortForward: ['PortForwardRequest', 'UrlResponse'],
  CheckpointContainer: ['CheckpointContainerRequest', 'Empty'],
  ContainerStats: ['ContainerId', 'ContainerStatsResponse'],
  ListContainerStats: ['ListContainerStatsRequest', 'ListContainerStatsResponse'],
  Status: ['StatusRequest', 'StatusResponse'],
} as const

export const imageMethods = {
  ListImages: ['ListImagesRequest', 'ListImagesResponse'],
  ImageStatus: ['ImageStatusRequest', 'ImageStatusResponse'],
  PullImage: ['PullImageRequest', 'PullImageResponse'],
  RemoveImage: ['RemoveImageRequest', 'Empty'],
  ImageFsInfo: ['Empty', 'ImageFsInfoResponse'],
} as const
