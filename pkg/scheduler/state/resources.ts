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

type Quantities = Readonly<Record<string, string>>

export function amountsOf(quantities: Quantities | undefined): Amounts {
  return new Map(Object.entries(quantities ?? {}).map(([name, quantity]) => [name, amountOf(name, quantity)]))
}

/** What the container may use by now or soon: during a resize the most of wish, grant and use counts, as upstream's. */
function requestsOf({ resources }: Container, status: ContainerStatus | undefined, infeasible: boolean): Amounts {
  const wanted = amountsOf(resources?.requests)
  return status?.resources ? effective(wanted, status.resources.requests, status.allocatedResources, infeasible) : wanted
}

/** A wish that the node cannot grant does not count. */
function effective(wanted: Amounts, inUse: Quantities | undefined, granted: Quantities | undefined, infeasible: boolean): Amounts {
  const most = infeasible ? new Map<string, number>() : wanted
  raise(most, amountsOf(inUse))
  raise(most, amountsOf(granted))
  return most
}

const noAmounts: ReadonlyMap<string, number> = new Map()

/**
 * The sum of the containers, or what the start needs when that is more; sidecars count on; overhead on top.
 * `supposed`: what a container needs of what it does not ask for.
 */
export function podRequests(pod: Pod, supposed: ReadonlyMap<string, number> = noAmounts): Amounts {
  const { containers, initContainers = [], resources } = pod.spec
  const status = pod.status ?? {}
  const statuses = new Map([...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((each) => [each.name, each]))
  const infeasible = status.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible'
  const total: Amounts = new Map()
  for (const container of containers) add(total, completed(requestsOf(container, statuses.get(container.name), infeasible), supposed))
  const sidecars: Amounts = new Map()
  const starting: Amounts = new Map()
  for (const container of initContainers) {
    const isSidecar = container.restartPolicy === 'Always'
    const requests = completed(requestsOf(container, isSidecar ? statuses.get(container.name) : undefined, infeasible), supposed)
    if (isSidecar) {
      add(sidecars, requests)
      raise(starting, sidecars)
    } else {
      add(requests, sidecars)
      raise(starting, requests)
    }
  }
  add(total, sidecars)
  raise(total, starting)
  const whole = amountsOf(resources?.requests)
  const counted = status.resources && whole.size > 0 ? effective(new Map(whole), status.resources.requests, status.allocatedResources, infeasible) : whole
  for (const name of whole.keys()) total.set(name, counted.get(name) ?? 0)
  add(total, amountsOf(pod.spec.overhead))
  return total
}

function completed(requests: Amounts, supposed: ReadonlyMap<string, number>): Amounts {
  for (const [name, amount] of supposed) if (!requests.has(name)) requests.set(name, amount)
  return requests
}

export function add(to: Amounts, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0) + amount)
}

function raise(to: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (to.get(name) ?? 0)) to.set(name, amount)
}
