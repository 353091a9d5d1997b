/** What a pod asks for, in numbers: CPU in thousandths, all else in units (upstream's resource.PodRequests). */
import type { Container, ContainerStatus, Pod } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'

export type Amounts = Map<string, number>

/** The same few texts come again and again. */
const cacheLimit = 4096
const milli = new Map<string, number>()
const whole = new Map<string, number>()

/** A quantity as a number, rounded up; CPU in thousandths. What cannot be read counts nothing. */
export function amountOf(resource: string, quantity: string | number): number {
  const cache = resource === 'cpu' ? milli : whole
  const text = String(quantity)
  const known = cache.get(text)
  if (known !== undefined) return known
  const amount = parse(resource, text)
  if (cache.size >= cacheLimit) cache.clear()
  cache.set(text, amount)
  return amount
}

function parse(resource: string, text: string): number {
  try {
    const parsed = Quantity.parse(text)
    return resource === 'cpu' ? parsed.milliValue() : parsed.value()
  } catch {
    return 0
  }
}

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(quantities ?? {}).map(([name, quantity]) => [name, amountOf(name, quantity)]))
}

/** What the container may use by now or soon: during a resize the most of wish, grant and use counts, as upstream's. */
function requestsOf({ resources, name }: Container, statuses: ReadonlyMap<string, ContainerStatus>, infeasible: boolean): Amounts {
  const wanted = amountsOf({ ...resources?.limits, ...resources?.requests })
  const status = statuses.get(name)
  if (!status?.resources?.requests && !status?.allocatedResources) return wanted
  const held = amountsOf(status.resources?.requests)
  raise(held, amountsOf(status.allocatedResources))
  if (infeasible) return held
  raise(wanted, held)
  return wanted
}

/** The sum of the containers, or what the start needs when that is more; sidecars count on; overhead on top. */
export function podRequests(pod: Pod): Amounts {
  const statuses = new Map([...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map((each) => [each.name, each]))
  const infeasible = pod.status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false
  const total: Amounts = new Map()
  for (const container of pod.spec.containers) add(total, requestsOf(container, statuses, infeasible))
  const sidecars: Amounts = new Map()
  const starting: Amounts = new Map()
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOf(container, statuses, infeasible)
    if (container.restartPolicy === 'Always') {
      add(sidecars, requests)
      raise(starting, sidecars)
    } else {
      add(requests, sidecars)
      raise(starting, requests)
    }
  }
  add(total, sidecars)
  raise(total, starting)
  for (const [name, amount] of amountsOf(pod.spec.resources?.requests)) total.set(name, amount)
  add(total, amountsOf(pod.spec.overhead))
  return total
}

export function add(to: Amounts, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0) + amount)
}

function raise(to: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (to.get(name) ?? 0)) to.set(name, amount)
}
