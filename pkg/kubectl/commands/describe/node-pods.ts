/** What runs on a node and what it asks for. */
import { ageOf } from '#api/ages.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { isForbidden } from '#apimachinery/status-error.ts'
import { listItems } from '../../resources/visit.ts'
import { builtIn } from '../../resources/write.ts'
import type { Item } from '../../resources/types.ts'
import type { Invocation } from '../../types.ts'
import { podAmounts, sumInto } from './pod-amounts.ts'
import type { Description } from './text.ts'

export async function describeNodePods(out: Description, invocation: Invocation, node: any): Promise<void> {
  const selector = `spec.nodeName=${node.metadata.name},status.phase!=Succeeded,status.phase!=Failed`
  let pods: readonly Item[]
  try {
    pods = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), undefined, { fieldSelector: selector })
  } catch (error) {
    // Whoever may see the node may not be allowed to see all pods.
    if (!isForbidden(error)) throw error
    out.line(0, 'Pods:', 'not authorized')
    return
  }
  const { capacity = {}, allocatable = {} } = node.status ?? {}
  const whole = Object.keys(allocatable).length > 0 ? allocatable : capacity
  out.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`)
  out.line(1, 'Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age')
  out.line(1, '---------', '----', '', '------------', '----------', '---------------', '-------------', '---')
  const totals = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() }
  for (const { object: pod, name, namespace } of pods) {
    const of = { requests: podAmounts(pod, 'requests', { inUse: true }), limits: podAmounts(pod, 'limits', { inUse: true }) }
    const cells = (['cpu', 'memory'] as const).flatMap((resource) => [
      share(of.requests.get(resource), whole[resource]),
      share(of.limits.get(resource), whole[resource]),
    ])
    out.line(1, namespace, name, '', ...cells, ageOf(pod.metadata.creationTimestamp, invocation.now()))
    for (const kind of ['requests', 'limits'] as const) sumInto(totals[kind], podAmounts(pod, kind))
  }
  out
    .line(0, 'Allocated resources:')
    .line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
    .line(1, 'Resource', 'Requests', 'Limits')
    .line(1, '--------', '--------', '------')
  const names = Object.keys(whole).sort()
  const isHuge = (name: string): boolean => name.startsWith('hugepages-')
  const standard = ['cpu', 'memory', 'ephemeral-storage']
  for (const resource of [...standard, ...names.filter(isHuge)])
    out.line(1, resource, share(totals.requests.get(resource), whole[resource]), share(totals.limits.get(resource), whole[resource]))
  for (const resource of names.filter((each) => !isHuge(each) && ![...standard, 'pods'].includes(each)))
    out.line(1, resource, String(totals.requests.get(resource) ?? 0), String(totals.limits.get(resource) ?? 0))
}

function share(amount: Quantity = Quantity.parse('0'), of: string | undefined): string {
  const whole = of === undefined ? 0 : Number(Quantity.parse(of).toNumber())
  return `${amount.toString()} (${whole === 0 ? 0 : Math.trunc((amount.toNumber() / whole) * 100)}%)`
}
