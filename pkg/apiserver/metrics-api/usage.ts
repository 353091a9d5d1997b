/** NodeMetrics and PodMetrics from two looks. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { Reading } from './parse.ts'
import type { NodeWindow } from './samples.ts'

const apiVersion = 'metrics.k8s.io/v1beta1'

interface Usage {
  cpu: string
  memory: string
}

/** Undefined when the counter began anew between the looks. */
function usageBetween(before: Reading | undefined, now: Reading | undefined, windowMs: number): Usage | undefined {
  if (!before || !now || windowMs <= 0 || now.cpuSeconds < before.cpuSeconds) return undefined
  const nanoCores = Math.round(((now.cpuSeconds - before.cpuSeconds) / (windowMs / 1000)) * 1e9)
  return { cpu: nanoCores === 0 ? '0' : `${nanoCores}n`, memory: `${Math.floor(now.memoryBytes / 1024)}Ki` }
}

function timing({ previous, latest }: NodeWindow): { timestamp: string; window: string; windowMs: number } {
  const windowMs = latest.atMs - (previous?.atMs ?? latest.atMs)
  return { timestamp: rfc3339(latest.atMs), window: `${windowMs / 1000}s`, windowMs }
}

export function nodeMetrics({ metadata }: Node, window: NodeWindow | undefined): object | undefined {
  if (!window) return undefined
  const { timestamp, window: length, windowMs } = timing(window)
  const usage = usageBetween(window.previous?.node, window.latest.node, windowMs)
  if (!usage) return undefined
  return { kind: 'NodeMetrics', apiVersion, metadata: metadataOf(metadata, timestamp), timestamp, window: length, usage }
}

/** Only with every running container's usage: half a pod would mislead who scales by it. */
export function podMetrics({ metadata, spec, status }: Pod, window: NodeWindow | undefined): object | undefined {
  if (!window || status?.phase !== 'Running') return undefined
  const { timestamp, window: length, windowMs } = timing(window)
  const key = `${metadata.namespace}/${metadata.name}`
  const [before, now] = [window.previous?.pods.get(key), window.latest.pods.get(key)]
  if (!before || !now) return undefined
  const names = [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')].map(({ name }) => name)
  const containers = names.map((name) => ({ name, usage: usageBetween(before.get(name), now.get(name), windowMs) }))
  if (containers.some(({ usage }) => !usage)) return undefined
  return { kind: 'PodMetrics', apiVersion, metadata: metadataOf(metadata, timestamp), timestamp, window: length, containers }
}

function metadataOf({ name, namespace, labels }: Pod['metadata'], creationTimestamp: string): object {
  return { name, ...(namespace ? { namespace } : {}), creationTimestamp, ...(labels ? { labels } : {}) }
}
