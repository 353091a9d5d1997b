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

/** Binary quantities are written in the largest unit that divides them. */
const binary = (value: number): string => {
  let number = Math.floor(value)
  for (const unit of ['', 'Ki', 'Mi', 'Gi', 'Ti']) {
    if (number === 0 || number % 1024 !== 0 || unit === 'Ti') return `${number}${unit}`
    number /= 1024
  }
  return String(number)
}

export function evictionMessage({ pod, containers }: PodUsage, { signal, threshold, observed }: MetThreshold): string {
  const resource = resourceOf[signal]
  let message = `The node was low on resource: ${resource}. `
  const show = resource === 'memory' || resource === 'ephemeral-storage' ? binary : String
  message += `Threshold quantity: ${show(threshold)}, available: ${resource === 'memory' || resource === 'ephemeral-storage' ? `${Math.floor(observed.available / 1024)}Ki` : observed.available}. `
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return message
  const spec = new Map<string, Container>([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((each) => [each.name, each]))
  for (const { name, memoryBytes, diskBytes } of containers) {
    const use = resource === 'memory' ? memoryBytes : diskBytes
    const request = spec.get(name)?.resources?.requests?.[resource]
    if (use <= bytes(request)) continue
    const shown = request === undefined ? '0' : Quantity.parse(request).toString()
    message += `Container ${name} was using ${Math.floor(use / 1024)}Ki, request is ${shown}, has larger consumption of ${resource}. `
  }
  return message
}
