/** CRI v1 as TypeScript sees it. In answers every list, map and scalar is present; a message that is not set is null. */
export type StringMap = Readonly<Record<string, string>>
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET'
export type SandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY'
export type ContainerStateName = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN'
export type MountPropagation = 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL'

export interface Int64Value {
  readonly value: number
}
export interface NamespaceOption {
  readonly network?: NamespaceMode
  readonly pid?: NamespaceMode
  readonly ipc?: NamespaceMode
  readonly targetId?: string
  readonly usernsOptions?: UserNamespace
}
export interface IdMapping {
  readonly hostId: number
  readonly containerId: number
  readonly length: number
}
export interface UserNamespace {
  readonly mode: NamespaceMode
  readonly uids: readonly IdMapping[]
  readonly gids: readonly IdMapping[]
}
export interface SeLinuxOption {
  readonly user: string
  readonly role: string
  readonly type: string
  readonly level: string
}
export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost'
  readonly localhostRef?: string
}
export interface CriMount {
  readonly containerPath: string
  readonly hostPath?: string
  readonly readonly?: boolean
  readonly propagation?: MountPropagation
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly recursiveReadOnly?: boolean
  readonly image?: ImageSpec
  readonly imageSubPath?: string
}
export interface CriDevice {
  readonly containerPath: string
  readonly hostPath: string
  readonly permissions: string
}
export interface LinuxResources {
  readonly cpuPeriod?: number
  readonly cpuQuota?: number
  readonly cpuShares?: number
  readonly memoryLimitInBytes?: number
  readonly memorySwapLimitInBytes?: number
  readonly oomScoreAdj?: number
  readonly unified?: StringMap
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[]
  /** As the kernel writes sets: "0-3,8". */
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
}
export interface SandboxMetadata {
  readonly name: string
  readonly uid: string
  readonly namespace: string
  readonly attempt: number
}
export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly containerPort: number
  readonly hostPort: number
  readonly hostIp?: string
}
export interface SandboxConfig {
  readonly metadata: SandboxMetadata
  readonly hostname?: string
  readonly logDirectory?: string
  readonly dnsConfig?: { readonly servers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] }
  readonly portMappings?: readonly PortMapping[]
  readonly labels?: StringMap
  readonly annotations?: StringMap
  readonly linux?: {
    readonly cgroupParent?: string
    readonly sysctls?: StringMap
    readonly securityContext?: {
      readonly namespaceOptions?: NamespaceOption
      readonly selinuxOptions?: SeLinuxOption
      readonly runAsUser?: Int64Value
      readonly runAsGroup?: Int64Value
      readonly readonlyRootfs?: boolean
      readonly supplementalGroups?: readonly number[]
      readonly supplementalGroupsPolicy?: 'Merge' | 'Strict'
      readonly privileged?: boolean
      readonly seccomp?: SecurityProfile
    }
    /** What its containers may have together, and what the sandbox itself takes: for runtimes whose sandbox is a machine of its own. */
    readonly resources?: LinuxResources
    readonly overhead?: LinuxResources
  }
}
export interface ImageSpec {
  readonly image: string
  readonly userSpecifiedImage?: string
  readonly runtimeHandler?: string
  readonly annotations?: StringMap
}
export interface ContainerSecurity {
  readonly capabilities?: { readonly addCapabilities?: readonly string[]; readonly dropCapabilities?: readonly string[] }
  readonly privileged?: boolean
  readonly namespaceOptions?: NamespaceOption
  readonly selinuxOptions?: SeLinuxOption
  readonly runAsUser?: Int64Value
  readonly runAsGroup?: Int64Value
  readonly runAsUsername?: string
  readonly readonlyRootfs?: boolean
  readonly supplementalGroups?: readonly number[]
  readonly supplementalGroupsPolicy?: 'Merge' | 'Strict'
  readonly noNewPrivs?: boolean
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly seccomp?: SecurityProfile
  readonly apparmor?: SecurityProfile
}
export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number }
  readonly image: ImageSpec
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly envs?: readonly { readonly key: string; readonly value: Uint8Array }[]
  readonly mounts?: readonly CriMount[]
  readonly CDI_devices?: readonly { readonly name: string }[]
  readonly devices?: readonly CriDevice[]
  readonly labels?: StringMap
  readonly annotations?: StringMap
  /** Relative to the sandbox's log directory. */
  readonly logPath?: string
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
  readonly linux?: { readonly resources?: LinuxResources; readonly securityContext?: ContainerSecurity }
  readonly stopSignal?: number
}
export interface Sandbox {
  readonly id: string
  readonly metadata: SandboxMetadata
  readonly state: SandboxState
  /** Nanoseconds since the epoch, as everywhere in CRI. */
  readonly createdAt: number
  readonly labels: StringMap
  readonly annotations: StringMap
}
export interface SandboxStatus extends Sandbox {
  readonly network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | null
  readonly linux: { readonly namespaces: { readonly options: NamespaceOption | null } | null } | null
  readonly runtimeHandler?: string
}
export interface RuntimeContainer {
  readonly id: string
  readonly podSandboxId: string
  readonly metadata: { readonly name: string; readonly attempt: number }
  readonly image: ImageSpec | null
  readonly imageRef: string
  readonly state: ContainerStateName
  readonly createdAt: number
  readonly labels: StringMap
  readonly annotations: StringMap
}
export interface CriContainerStatus {
  readonly id: string
  readonly metadata: { readonly name: string; readonly attempt: number }
  readonly state: ContainerStateName
  readonly createdAt: number
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  readonly image: ImageSpec | null
  readonly imageRef: string
  readonly reason: string
  readonly message: string
  readonly labels: StringMap
  readonly annotations: StringMap
  readonly mounts: readonly CriMount[]
  readonly logPath: string
  readonly imageId: string
  readonly user?: { readonly linux: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] } | null } | null
}
export interface Image {
  readonly id: string
  readonly repoTags: readonly string[]
  readonly repoDigests: readonly string[]
  readonly size: number
  readonly uid: Int64Value | null
  readonly username: string
  readonly pinned: boolean
}
export interface AuthConfig {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly serverAddress?: string
  readonly identityToken?: string
  readonly registryToken?: string
}
export interface FilesystemUsage {
  readonly timestamp: number
  readonly fsId: { readonly mountpoint: string } | null
  readonly usedBytes: Int64Value | null
  readonly inodesUsed: Int64Value | null
}
export interface ContainerStats {
  readonly attributes: { readonly id: string; readonly metadata: { readonly name: string; readonly attempt: number }; readonly labels: StringMap }
  readonly cpu: { readonly timestamp: number; readonly usageCoreNanoSeconds: Int64Value | null; readonly usageNanoCores: Int64Value | null } | null
  readonly memory: {
    readonly timestamp: number
    readonly workingSetBytes: Int64Value | null
    readonly availableBytes: Int64Value | null
    readonly usageBytes: Int64Value | null
    readonly rssBytes: Int64Value | null
    readonly pageFaults: Int64Value | null
    readonly majorPageFaults: Int64Value | null
  } | null
  readonly writableLayer: FilesystemUsage | null
}
export interface RuntimeStatus {
  readonly conditions: readonly { readonly type: string; readonly status: boolean; readonly reason: string; readonly message: string }[]
  readonly runtimeHandlers: readonly {
    readonly name: string
    readonly features: { readonly recursiveReadOnlyMounts: boolean; readonly userNamespaces: boolean } | null
  }[]
  readonly features: { readonly supplementalGroupsPolicy: boolean } | null
}
export interface RuntimeVersion {
  readonly version: string
  readonly runtimeName: string
  readonly runtimeVersion: string
  readonly runtimeApiVersion: string
}

/** What runs sandboxes and containers. Failures are CriErrors. */
export interface RuntimeService {
  version(): Promise<RuntimeVersion>
  status(verbose?: boolean): Promise<RuntimeStatus & { readonly info: StringMap }>
  runPodSandbox(config: SandboxConfig, runtimeHandler?: string): Promise<string>
  stopPodSandbox(id: string): Promise<void>
  removePodSandbox(id: string): Promise<void>
  podSandboxStatus(id: string): Promise<SandboxStatus>
  /** Filter by labels; all of them when left out. */
  listPodSandboxes(labels?: StringMap): Promise<readonly Sandbox[]>
  createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: SandboxConfig): Promise<string>
  startContainer(id: string): Promise<void>
  stopContainer(id: string, timeoutSeconds: number): Promise<void>
  removeContainer(id: string): Promise<void>
  listContainers(labels?: StringMap): Promise<readonly RuntimeContainer[]>
  containerStatus(id: string): Promise<CriContainerStatus>
  containerStatusVerbose(id: string): Promise<{ readonly status: CriContainerStatus; readonly info: StringMap }>
  updateContainerResources(id: string, linux: LinuxResources): Promise<void>
  reopenContainerLog(id: string): Promise<void>
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<{ stdout: Uint8Array; stderr: Uint8Array; exitCode: number }>
  exec(request: { containerId: string; cmd: readonly string[]; tty: boolean; stdin: boolean; stdout: boolean; stderr: boolean }): Promise<string>
  attach(request: { containerId: string; tty: boolean; stdin: boolean; stdout: boolean; stderr: boolean }): Promise<string>
  portForward(sandboxId: string, ports: readonly number[]): Promise<string>
  /** Writes the container's state into an archive at that path; a timeout of 0 leaves it to the runtime. */
  checkpointContainer(id: string, location: string, timeoutSeconds: number): Promise<void>
  containerStats(id: string): Promise<ContainerStats>
  listContainerStats(labels?: StringMap): Promise<readonly ContainerStats[]>
}

export interface ImageService {
  listImages(): Promise<readonly Image[]>
  /** Undefined when it is not on the node. */
  imageStatus(image: string): Promise<Image | undefined>
  /** Answers the image's reference, to be used in createContainer. */
  pullImage(image: string, auth?: AuthConfig): Promise<string>
  removeImage(image: string): Promise<void>
  imageFsInfo(): Promise<readonly FilesystemUsage[]>
}

/** What containerd tells of its own accord. */
export interface RuntimeEvent {
  readonly kind: 'exit' | 'oom' | 'start' | 'image'
  /** Container or sandbox id; empty for images. */
  readonly id: string
}
export interface RuntimeEvents {
  /** Ends by throwing when the stream breaks, and returns when the signal aborts. `onReady` is called once the stream stands. */
  subscribe(onEvent: (event: RuntimeEvent) => void, onReady: () => void, signal: AbortSignal): Promise<void>
}
