/** What a pod requests in all: its containers and sidecars together, or its hungriest init container, and its overhead (KEP 753). */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { bytes, milli } from '../runtime/resources.ts'

/** By resource name; cpu in thousandths, everything else in whole units. */
export type Requests = ReadonlyMap<string, number>

export function podRequests({ spec }: Pod): Requests {
  const total = new Map<string, number>()
  for (const container of spec.containers) add(total, requestsOf(container))
  const sidecars = new Map<string, number>()
  const peak = new Map<string, number>()
  for (const init of spec.initContainers ?? []) {
    const own = requestsOf(init)
    if (init.restartPolicy === 'Always') {
      add(sidecars, own)
      add(total, own)
      raise(peak, sidecars)
      continue
    }
    // An init container runs beside the sidecars that were started before it.
    const beside = new Map(own)
    add(beside, sidecars)
    raise(peak, beside)
  }
  raise(total, peak)
  // What the pod as a whole requests goes before the sum of its parts.
  for (const [name, quantity] of amounts(spec.resources?.requests)) total.set(name, quantity)
  add(total, amounts(spec.overhead))
  return total
}

const requestsOf = ({ resources }: Container): Map<string, number> => amounts({ ...resources?.limits, ...resources?.requests })

function amounts(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  return new Map(Object.entries(list ?? {}).map(([name, quantity]) => [name, name === 'cpu' ? milli(quantity) : bytes(quantity)]))
}

export function amountsOf(list: Readonly<Record<string, string>> | undefined): Requests {
  return amounts(list)
}

function add(to: Map<string, number>, from: Requests): void {
  for (const [name, quantity] of from) to.set(name, (to.get(name) ?? 0) + quantity)
}

function raise(to: Map<string, number>, from: Requests): void {
  for (const [name, quantity] of from) to.set(name, Math.max(to.get(name) ?? 0, quantity))
}
