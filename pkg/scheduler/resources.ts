/** What a pod asks for, in numbers: CPU in thousandths, all else in units (upstream's resource.PodRequests). */
import type { Container, Pod } from '#api/gen/core/v1.ts'

export type Amounts = Map<string, number>

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A quantity as a number; CPU in thousandths, rounded up. */
export function amountOf(resource: string, quantity: string | number): number {
  const match = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([numkKMGTPE]i?)?)$/.exec(String(quantity))
  if (!match) return 0
  const value = match[2] ? Number(match[1] + match[2]) : Number(match[1]) * (suffixes[match[3] ?? ''] ?? 1)
  // Rounding away what floating point adds, so that 0.1 is 100 and not 101.
  return resource === 'cpu' ? Math.ceil(Math.round(value * 1e6) / 1e3) : Math.ceil(value)
}

function requestsOf(container: Container): Amounts {
  const { requests = {}, limits = {} } = container.resources ?? {}
  return new Map(Object.entries({ ...limits, ...requests }).map(([name, quantity]) => [name, amountOf(name, quantity)]))
}

/** The sum of the containers, or what the start needs when that is more; sidecars count on; overhead on top. */
export function podRequests(pod: Pod): Amounts {
  const total: Amounts = new Map()
  for (const container of pod.spec.containers) add(total, requestsOf(container))
  const sidecars: Amounts = new Map()
  const starting: Amounts = new Map()
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOf(container)
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
  for (const [name, quantity] of Object.entries(pod.spec.resources?.requests ?? {})) total.set(name, amountOf(name, quantity))
  for (const [name, quantity] of Object.entries(pod.spec.overhead ?? {})) total.set(name, (total.get(name) ?? 0) + amountOf(name, quantity))
  return total
}

export function add(to: Amounts, more: Amounts): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0) + amount)
}

function raise(to: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (to.get(name) ?? 0)) to.set(name, amount)
}
