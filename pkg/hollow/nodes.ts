/** Nodes that only the API knows: registered once, then each renews its lease at its own time. */
import type { Node } from '#api/gen/core/v1.ts'
import { declaredFeatures } from '#api/core/v1/node/declared-features.ts'
import { leases, nodes } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339, rfc3339Micro, sleep } from '#base/clock.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import type { HollowOptions } from './types.ts'

/** Below nodeMonitorGracePeriod (50 s); a kubelet's 10 s would be 500 writes a second for 5,000 nodes. */
const renewEveryMs = 30_000
const leaseDurationSeconds = 40
/** Registrations under way at a time. */
const concurrency = 16
export const simulatedLabel = 'k8ts.local/simulated'

export function hollowNodeName(prefix: string, index: number): string {
  return `${prefix}${index + 1}`
}

/** Resolves when all are registered and Ready; one that is there already is taken over. */
export async function registerNodes(options: HollowOptions): Promise<void> {
  let next = 0
  const register = async (): Promise<void> => {
    while (next < options.count && !options.signal.aborted) await registerNode(options, hollowNodeName(options.prefix, next++))
  }
  await Promise.all(Array.from({ length: concurrency }, register))
}

async function registerNode({ client, clock, count: _ }: HollowOptions, name: string): Promise<void> {
  const node = simulatedNode(name, clock.now())
  try {
    await client.create(nodes, node as never)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    await client.patch(nodes, { name }, { status: node.status }, { type: 'strategic', subresource: 'status' })
  }
  await renew({ client, clock }, name)
}

/** A node that was believed to be silent, because its lease came late, says that it is well: a controller, as kubelets do it by themselves. */
export function hollowNodes({ prefix }: { readonly prefix: string }): Controller {
  const isBelieved = ({ status }: Node): boolean => !status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'Unknown')
  return {
    name: 'hollow-node-status',
    inputs: [
      input(nodes, { keys: (node, change) => (change !== 'delete' && node.metadata.name.startsWith(prefix) && !isBelieved(node) ? [keyOf(node)] : []) }),
    ],
    outputs: [output(nodes, 'status', { shared: true })],
    async reconcile(key, { cache, client, clock }): Promise<undefined> {
      const node = cache(nodes).byKey(key)
      if (!node || isBelieved(node)) return
      const { name } = node.metadata
      const { conditions } = simulatedNode(name, clock.now()).status!
      await client.patch(nodes, { name }, { status: { conditions } }, { type: 'strategic', subresource: 'status' })
    },
  }
}

/** Until the signal aborts: each node's turn comes at the same place of every period, so that writes are spread. */
export async function renewLeases(options: HollowOptions): Promise<void> {
  const { client, clock, log, signal, count, prefix } = options
  const slices = 100
  for (let slice = 0; !signal.aborted; slice = (slice + 1) % slices) {
    const from = Math.floor((count * slice) / slices)
    const to = Math.floor((count * (slice + 1)) / slices)
    const names = Array.from({ length: to - from }, (_, index) => hollowNodeName(prefix, from + index))
    const results = await Promise.allSettled(names.map((name) => renew({ client, clock }, name)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) log.warn('leases could not be renewed', { error: failed.reason })
    await sleep(clock, renewEveryMs / slices, signal)
  }
}

async function renew({ client, clock }: Pick<HollowOptions, 'client' | 'clock'>, name: string): Promise<void> {
  const renewTime = rfc3339Micro(clock.now())
  const key = { namespace: 'kube-node-lease', name }
  try {
    await client.patch(leases, key, { spec: { renewTime } }, { type: 'merge' })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(leases, { metadata: key, spec: { holderIdentity: name, leaseDurationSeconds, renewTime } } as never)
  }
}

function simulatedNode(name: string, nowMs: number): Pick<Node, 'metadata' | 'status'> {
  const at = rfc3339(nowMs)
  const size = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '256Gi', pods: '110' }
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  })
  return {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', [simulatedLabel]: 'true' },
    } as unknown as Node['metadata'],
    status: {
      capacity: size,
      allocatable: size,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      addresses: [{ type: 'Hostname', address: name }],
      declaredFeatures: [...declaredFeatures],
      nodeInfo: { kubeletVersion: 'v1.36.0-hollow', operatingSystem: 'linux', architecture: 'amd64' },
    } as unknown as Node['status'],
  } as Pick<Node, 'metadata' | 'status'>
}
