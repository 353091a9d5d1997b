/**
 * The Node object of this node: registration, and its status each nodeStatusUpdateFrequency where something changed, else each
 * nodeStatusReportFrequency.
 */
import type { Node, NodeCondition, NodeStatus } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { declaredFeatures } from '#api/core/v1/node/declared-features.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339, sleep } from '#base/clock.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import type { RuntimeStatus } from '../cri/types.ts'
import { hugePagesOf } from '../topology/machine.ts'
import { allocatable } from './allocatable.ts'
import { goArch, type Machine, swapBytes, systemInfo } from './machine.ts'

export interface NodeReporterOptions {
  readonly context: KubeletContext
  readonly machine: Machine
  readonly version: string
  readonly labels: Readonly<Record<string, string>>
  readonly podCidrs: readonly string[]
  readonly runtimeVersion: string
  /** Conditions of pressure that hold. */
  readonly pressure: () => readonly string[]
  /** Whether the node goes down. */
  readonly shuttingDown: () => boolean
  /** Unique names of the volumes that nobody may detach. */
  readonly volumesInUse: () => readonly string[]
  /** What device plugins tell of. */
  readonly devices: () => readonly { readonly resource: string; readonly capacity: number; readonly allocatable: number }[]
  readonly signal: AbortSignal
}

export class NodeReporter {
  readonly #options: NodeReporterOptions
  #reported = ''
  #reportedAt = 0
  #conditions: NodeCondition[] = []

  constructor(options: NodeReporterOptions) {
    this.#options = options
  }

  /** Makes the Node, or finds the one of before; tries until the server answers. */
  async register(): Promise<Node> {
    const { context, signal } = this.#options
    const { clock, log, nodeName, client, configuration } = context
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 7000)) {
      try {
        // Without registerNode somebody else makes the Node; its status is still ours.
        return configuration.registerNode ? await this.#registerOnce() : await client.get(nodes, { name: nodeName })
      } catch (error) {
        if (signal.aborted) throw error
        log.warn('cannot register the node yet', { node: nodeName, error })
        await sleep(clock, waitMs, signal)
      }
    }
  }

  async #registerOnce(): Promise<Node> {
    const { context, labels, podCidrs } = this.#options
    const { client, nodeName, configuration } = context
    const status = await this.#status()
    const own = {
      'kubernetes.io/hostname': nodeName,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': goArch(),
      'beta.kubernetes.io/os': 'linux',
      'beta.kubernetes.io/arch': goArch(),
      ...labels,
    }
    try {
      const node = await client.create(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: nodeName, labels: own, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
        spec: {
          taints: [...(configuration.registerWithTaints ?? [])],
          ...(podCidrs.length > 0 ? { podCIDR: podCidrs[0], podCIDRs: podCidrs } : {}),
          ...(configuration.providerID ? { providerID: configuration.providerID } : {}),
        },
        status,
      } as never)
      this.#remember(status)
      return node
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    const existing = await client.get(nodes, { name: nodeName })
    const missing = Object.entries(own).filter(([key, value]) => existing.metadata.labels?.[key] !== value)
    if (missing.length > 0) await client.patch(nodes, { name: nodeName }, { metadata: { labels: Object.fromEntries(missing) } }, { type: 'strategic' })
    this.#conditions = existing.status?.conditions ?? []
    await this.report(true)
    return existing
  }

  async run(): Promise<void> {
    const { context, signal } = this.#options
    while (!signal.aborted) {
      await sleep(context.clock, ms(context.configuration.nodeStatusUpdateFrequency), signal)
      if (signal.aborted) return
      try {
        await this.report()
      } catch (error) {
        // Somebody deleted our Node: the machine is still here.
        if (isNotFound(error)) await this.register()
        else context.log.warn('cannot write the node status', { error })
      }
    }
  }

  async report(force = false): Promise<void> {
    const { client, clock, nodeName, configuration } = this.#options.context
    const status = await this.#status()
    if (!force && fingerprint(status) === this.#reported && clock.now() - this.#reportedAt < ms(configuration.nodeStatusReportFrequency)) return
    await client.patch(
      nodes,
      { name: nodeName },
      { status: { ...status, addresses: [...(status.addresses ?? []), { $patch: 'replace' }] } },
      { type: 'strategic', subresource: 'status' },
    )
    this.#remember(status)
  }

  #remember(status: NodeStatus): void {
    this.#reported = fingerprint(status)
    this.#reportedAt = this.#options.context.clock.now()
    this.#conditions = status.conditions ?? []
  }

  async #status(): Promise<NodeStatus> {
    const { context, machine, version, runtimeVersion, volumesInUse, devices } = this.#options
    const { nodeAddress, nodeAddresses = [nodeAddress], nodeName, cri, configuration } = context
    const { maxPods, podsPerCore = 0, nodeStatusMaxImages, port } = configuration
    const runtime = await cri.runtime.status().catch((error: Error) => error)
    const images = await cri.images.listImages().catch(() => [])
    const hugePages = hugePagesOf()
    const capacity = {
      cpu: String(machine.cpus),
      memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
      'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
      ...Object.fromEntries(Object.entries(hugePages).map(([name, size]) => [name, quantityOfPages(size)])),
      pods: String(podsPerCore > 0 ? Math.min(maxPods, podsPerCore * machine.cpus) : maxPods),
    }
    const amounts = devices()
    const swap = swapBytes()
    const of = (key: 'capacity' | 'allocatable') => Object.fromEntries(amounts.map((each) => [each.resource, String(each[key])]))
    return {
      capacity: { ...capacity, ...of('capacity') },
      allocatable: { ...allocatable(capacity, machine, configuration, sum(Object.values(hugePages))), ...of('allocatable') },
      conditions: await this.#currentConditions(runtime),
      addresses: [...nodeAddresses.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: nodeName }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } } as never,
      volumesInUse: [...volumesInUse()],
      declaredFeatures: [...declaredFeatures],
      nodeInfo: { ...systemInfo(runtimeVersion, version), ...(swap > 0 ? { swap: { capacity: swap } } : {}) },
      ...(runtime instanceof Error ? {} : featuresOf(runtime)),
      images: [...images]
        .sort((a, b) => b.size - a.size)
        .slice(0, nodeStatusMaxImages < 0 ? images.length : nodeStatusMaxImages)
        .map(({ repoDigests, repoTags, size }) => ({ names: [...repoDigests, ...repoTags], sizeBytes: size })),
    }
  }

  async #currentConditions(runtime: RuntimeStatus | Error): Promise<NodeCondition[]> {
    const { context, pressure, shuttingDown } = this.#options
    const now = rfc3339(context.clock.now())
    const [memory, disk, pid] = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((each) => pressure().includes(each)) as [boolean, boolean, boolean]
    const runtimeDown =
      runtime instanceof Error
        ? `container runtime is down: ${runtime.message}`
        : runtime.conditions
            .filter(({ status }) => !status)
            .map(({ type, reason, message }) => `container runtime network not ready: ${type}=false reason:${reason} message:${message}`)
            .join(',')
    const down = [runtimeDown, ...(shuttingDown() ? ['node is shutting down'] : [])].filter((each) => each !== '').join(', ')
    const verdicts: [string, boolean, string, string, string, string][] = [
      [
        'MemoryPressure',
        memory,
        'KubeletHasInsufficientMemory',
        'kubelet has insufficient memory available',
        'KubeletHasSufficientMemory',
        'kubelet has sufficient memory available',
      ],
      ['DiskPressure', disk, 'KubeletHasDiskPressure', 'kubelet has disk pressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      [
        'PIDPressure',
        pid,
        'KubeletHasInsufficientPID',
        'kubelet has insufficient PID available',
        'KubeletHasSufficientPID',
        'kubelet has sufficient PID available',
      ],
      ['Ready', down === '', 'KubeletReady', 'kubelet is posting ready status', 'KubeletNotReady', down],
    ]
    return verdicts.map(([type, yes, reasonTrue, messageTrue, reasonFalse, messageFalse]) => {
      const status = yes ? 'True' : 'False'
      const before = this.#conditions.find((each) => each.type === type)
      return {
        type: type as NodeCondition['type'],
        status,
        lastHeartbeatTime: now,
        lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? now) : now,
        reason: yes ? reasonTrue : reasonFalse,
        message: yes ? messageTrue : messageFalse,
      }
    })
  }
}

/** What the runtime can do, for those who choose nodes by it. */
function featuresOf({ runtimeHandlers, features }: RuntimeStatus): Pick<NodeStatus, 'runtimeHandlers' | 'features'> {
  return {
    ...(runtimeHandlers.length > 0
      ? {
          runtimeHandlers: runtimeHandlers.map((handler) => ({
            name: handler.name,
            features: {
              recursiveReadOnlyMounts: handler.features?.recursiveReadOnlyMounts === true,
              userNamespaces: handler.features?.userNamespaces === true,
            },
          })),
        }
      : {}),
    ...(features ? { features: { supplementalGroupsPolicy: features.supplementalGroupsPolicy } } : {}),
  }
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0)
const quantityOfPages = (size: number): string => Quantity.of(size, 'BinarySI').toString()

/** What a report is for: everything but the heartbeat's time. */
function fingerprint(status: NodeStatus): string {
  return JSON.stringify(status, (key, value) => (key === 'lastHeartbeatTime' ? undefined : value))
}
