/** The taints that a node's conditions call for. */
import type { Node, Taint } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'

export const notReadyTaint = 'node.kubernetes.io/not-ready'
export const unreachableTaint = 'node.kubernetes.io/unreachable'
const unschedulableTaint = 'node.kubernetes.io/unschedulable'

/** By condition and status, the NoSchedule taint's key. */
const byCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: notReadyTaint, Unknown: unreachableTaint },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const ours = new Set([...Object.values(byCondition).flatMap((each) => Object.values(each)), unschedulableTaint])

export function readyStatus(node: Node): string {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'
}

/** `evict`: also drive pods away while the node is not ready. */
export function wantedTaints(node: Node, evict: boolean, nowMs: number): Taint[] {
  const current = node.spec?.taints ?? []
  const wanted = new Map<string, Taint>()
  const want = (key: string, effect: string) => {
    const kept = current.find((each) => each.key === key && each.effect === effect)
    wanted.set(`${key}:${effect}`, kept ?? ({ key, effect, timeAdded: rfc3339(nowMs) } as Taint))
  }
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = byCondition[type]?.[status]
    if (key) want(key, 'NoSchedule')
  }
  if (node.spec?.unschedulable) want(unschedulableTaint, 'NoSchedule')
  const ready = readyStatus(node)
  if (evict && ready === 'False') want(notReadyTaint, 'NoExecute')
  if (evict && ready === 'Unknown') want(unreachableTaint, 'NoExecute')
  const others = current.filter(({ key, effect }) => !(ours.has(key) && (effect === 'NoSchedule' || effect === 'NoExecute')))
  return [...others, ...wanted.values()]
}

export function hasEvictionTaint(node: Node): boolean {
  return (node.spec?.taints ?? []).some(({ key, effect }) => effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint))
}

export function sameTaints(a: readonly Taint[] | undefined, b: readonly Taint[]): boolean {
  const text = ({ key, value, effect }: Taint) => `${key}=${value ?? ''}:${effect}`
  const left = (a ?? []).map(text).sort()
  const right = b.map(text).sort()
  return left.length === right.length && left.every((each, index) => each === right[index])
}
