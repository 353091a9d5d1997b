/** Requests of the pod as a whole, where only limits are given (KEP-2837). */
import { Quantity } from '#apimachinery/quantity.ts'
import type { Container, PodSpec } from '#api/gen/core/v1.ts'
import { isHugePages, isPodLevel } from '../resource-names.ts'

export function defaultPodLevelRequests(spec: PodSpec): void {
  const limits = spec.resources?.limits
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return
  const requests = { ...spec.resources.requests }
  for (const [name, amount] of Object.entries(containersTogether(spec, 'requests'))) if (isPodLevel(name) && !isHugePages(name)) requests[name] ??= amount
  for (const [name, amount] of Object.entries(limits)) if (isPodLevel(name)) requests[name] ??= amount
  spec.resources.requests = requests
}

/** What the containers need together, or may have: all that run at once, or the greediest init container if that is more. */
export function containersTogether({ containers, initContainers }: PodSpec, kind: 'requests' | 'limits'): Record<string, string> {
  let running: Record<string, Quantity> = {}
  let highest: Record<string, Quantity> = {}
  for (const container of initContainers ?? []) {
    const own = amountsOf(container, kind)
    if (container.restartPolicy === 'Always') running = combine(running, own, (a, b) => a.add(b))
    highest = combine(highest, container.restartPolicy === 'Always' ? running : combine(running, own, (a, b) => a.add(b)), larger)
  }
  for (const container of containers ?? []) running = combine(running, amountsOf(container, kind), (a, b) => a.add(b))
  return Object.fromEntries(Object.entries(combine(running, highest, larger)).map(([name, amount]) => [name, amount.toString()]))
}

const larger = (a: Quantity, b: Quantity): Quantity => (a.compare(b) >= 0 ? a : b)

function amountsOf({ resources }: Container, kind: 'requests' | 'limits'): Record<string, Quantity> {
  return Object.fromEntries(Object.entries(resources?.[kind] ?? {}).map(([name, amount]) => [name, Quantity.parse(amount)]))
}

function combine(a: Record<string, Quantity>, b: Record<string, Quantity>, join: (a: Quantity, b: Quantity) => Quantity): Record<string, Quantity> {
  const joined = { ...a }
  for (const [name, amount] of Object.entries(b)) joined[name] = joined[name] ? join(joined[name], amount) : amount
  return joined
}
