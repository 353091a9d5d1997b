/** The order in which pods are evicted, and what is said of it (upstream's rank functions and messages). Pure. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { podRequests } from '../admission/pod-requests.ts'
import { bytes } from '../runtime/resources.ts'
import type { MetThreshold } from './thresholds.ts'
import { resourceOf } from './thresholds.ts'
import type { PodUsage, StarvedResource } from './types.ts'

const used: Readonly<Record<StarvedResource, (usage: PodUsage) => number>> = {
  memory: ({ memoryBytes }) => memoryBytes,
  'ephemeral-storage': ({ diskBytes }) => diskBytes,
  inodes: ({ inodes }) => inodes,
  pids: ({ processes }) => processes,
}

/** What a pod may use without blame; of inodes and processes there are no requests. */
const requested = (pod: Pod, resource: StarvedResource): number => podRequests(pod).get(resource) ?? 0

/** Those over their requests first, then by priority, then by how far over they are. */
export function rankForEviction(usages: readonly PodUsage[], resource: StarvedResource): PodUsage[] {
  const over = (usage: PodUsage) => used[resource](usage) - requested(usage.pod, resource)
  const exceeds = (usage: PodUsage) => (resource === 'pids' ? 0 : over(usage) > 0 ? 1 : 0)
  const priority = ({ pod }: PodUsage) => pod.spec.priority ?? 0
  return [...usages].sort((a, b) => exceeds(b) - exceeds(a) || priority(a) - priority(b) || over(b) - over(a))
}

/** Bytes in the largest unit that divides them, all else in thousands, as upstream's quantities have it. */
const told = (resource: StarvedResource, value: number): string =>
  Quantity.of(Math.floor(value), resource === 'memory' || resource === 'ephemeral-storage' ? 'BinarySI' : 'DecimalSI').toString()

/** What is said of an eviction: to people, and as annotations of the event to programs. */
export interface EvictionNotice {
  readonly message: string
  readonly annotations: Readonly<Record<string, string>>
}

export function evictionNotice({ pod, memoryBytes: ofPod, containers }: PodUsage, { signal, amount, observed }: MetThreshold): EvictionNotice {
  const resource = resourceOf[signal]
  let message = `The node was low on resource: ${resource}. Threshold quantity: ${amount}, available: ${told(resource, observed.available)}. `
  const offending: (readonly [name: string, usage: string])[] = []
  let ofWhole: Record<string, string> = {}
  if (resource === 'memory' || resource === 'ephemeral-storage') {
    const blame = (who: string, use: string, request: string) => `${who} was using ${use}, request is ${request}, has larger consumption of ${resource}. `
    const asWhole = pod.spec.resources?.requests?.memory
    if (resource === 'memory' && asWhole !== undefined) {
      const use = told(resource, ofPod)
      message += blame(`Pod ${pod.metadata.name}`, use, Quantity.parse(asWhole).toString())
      ofWhole = { offending_pod: pod.metadata.name!, offending_pod_usage: use }
    }
    const spec = new Map<string, Container>([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((each) => [each.name, each]))
    for (const { name, memoryBytes, diskBytes } of containers) {
      const container = spec.get(name)
      const use = resource === 'memory' ? memoryBytes : diskBytes
      const request = container?.resources?.requests?.[resource]
      if (!container || use <= bytes(request)) continue
      message += blame(`Container ${name}`, told(resource, use), request === undefined ? '0' : Quantity.parse(request).toString())
      offending.push([name, told(resource, use)])
    }
  }
  const annotations = {
    ...ofWhole,
    offending_containers: offending.map(([name]) => name).join(','),
    offending_containers_usage: offending.map(([, usage]) => usage).join(','),
    starved_resource: resource,
  }
  return { message, annotations }
}
