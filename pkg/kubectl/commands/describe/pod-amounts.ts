/** What a pod asks for and may use at most (upstream's resource.PodRequests and PodLimits). */
import { Quantity } from '#apimachinery/quantity.ts'

export type Amounts = Map<string, Quantity>

/** With `inUse`, what a running container was granted counts when that is more, as while a pod is resized. */
export function podAmounts(pod: any, kind: 'requests' | 'limits', { inUse = false }: { readonly inUse?: boolean } = {}): Amounts {
  const { spec, status = {} } = pod
  const statuses: readonly any[] = inUse ? [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])] : []
  const infeasible = status.conditions?.some(({ type, reason }: any) => type === 'PodResizePending' && reason === 'Infeasible') ?? false
  const of = (container: any): Amounts => {
    const wanted = amounts(container.resources?.[kind])
    const held = statuses.find(({ name }) => name === container.name)
    if (!held?.resources && !held?.allocatedResources) return wanted
    const granted = amounts(held.resources?.[kind])
    if (kind === 'requests') raise(granted, amounts(held.allocatedResources))
    if (infeasible) return granted
    raise(wanted, granted)
    return wanted
  }
  const total: Amounts = new Map()
  for (const container of spec.containers ?? []) sumInto(total, of(container))
  const [sidecars, starting]: [Amounts, Amounts] = [new Map(), new Map()]
  for (const container of spec.initContainers ?? []) {
    const own = of(container)
    // A sidecar goes on beside what starts after it; any other needs what it needs only until it ends.
    if (container.restartPolicy === 'Always') sumInto(sidecars, own)
    else sumInto(own, sidecars)
    raise(starting, container.restartPolicy === 'Always' ? sidecars : own)
  }
  sumInto(total, sidecars)
  raise(total, starting)
  for (const [name, amount] of amounts(spec.resources?.[kind])) total.set(name, amount)
  // Overhead is no limit where there is none.
  for (const [name, amount] of amounts(spec.overhead)) if (kind === 'requests' || total.has(name)) sumInto(total, new Map([[name, amount]]))
  return total
}

function amounts(quantities: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, Quantity.parse(String(quantity))]))
}

export function sumInto(to: Amounts, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, to.get(name)?.add(amount) ?? amount)
}

function raise(to: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount.compare(to.get(name) ?? Quantity.parse('0')) > 0) to.set(name, amount)
}
