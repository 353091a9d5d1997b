/** What the downward API says of a pod: fieldRef and resourceFieldRef. */
import type { Container, Pod, ResourceFieldSelector } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'

export interface DownwardFacts {
  readonly nodeName: string
  /** The node's, of one or both families. */
  readonly nodeAddresses: readonly string[]
  readonly podIps: readonly string[]
  readonly memoryCapacity: number
  readonly cpuCapacity: number
}

/** Undefined when the path is not one the downward API has. */
export function fieldValue(pod: Pod, fieldPath: string, facts: DownwardFacts): string | undefined {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath)
  if (subscript) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? ''
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'metadata.labels':
      return formatMap(metadata.labels)
    case 'metadata.annotations':
      return formatMap(metadata.annotations)
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.hostIP':
      return facts.nodeAddresses[0] ?? ''
    case 'status.hostIPs':
      return facts.nodeAddresses.join(',')
    case 'status.podIP':
      return facts.podIps[0] ?? ''
    case 'status.podIPs':
      return facts.podIps.join(',')
    default:
      return undefined
  }
}

/** `key="value"` a line, sorted, as Go quotes. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}

export function resourceValue(container: Container, { resource, divisor }: ResourceFieldSelector, facts: DownwardFacts): string {
  const [list, ...rest] = resource.split('.')
  const name = rest.join('.')
  const { requests, limits } = container.resources ?? {}
  let text = list === 'limits' ? limits?.[name] : requests?.[name]
  // Without a limit, the node is the limit.
  if (list === 'limits' && text === undefined) text = name === 'cpu' ? String(facts.cpuCapacity) : name === 'memory' ? String(facts.memoryCapacity) : undefined
  const quantity = Quantity.parse(text ?? '0')
  const unit = Quantity.parse(divisor && divisor !== '0' ? divisor : '1')
  if (name === 'cpu') return String(Math.ceil(quantity.milliValue() / unit.milliValue()))
  return String(Math.ceil(quantity.value() / unit.value()))
}
