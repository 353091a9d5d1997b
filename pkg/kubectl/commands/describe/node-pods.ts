/** What runs on a node and what it asks for. */
import { ageOf } from '#api/ages.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { listItems } from '../../resources/visit.ts'
import { builtIn } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import type { Description } from './text.ts'

export async function describeNodePods(out: Description, invocation: Invocation, node: any): Promise<void> {
  const selector = `spec.nodeName=${node.metadata.name},status.phase!=Succeeded,status.phase!=Failed`
  const pods = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), undefined, { fieldSelector: selector })
  const capacity = node.status?.allocatable ?? node.status?.capacity ?? {}
  out.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`)
  out.line(1, 'Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age')
  out.line(1, '---------', '----', '', '------------', '----------', '---------------', '-------------', '---')
  const totals = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() }
  for (const { object: pod, name, namespace } of pods) {
    const cells = (['cpu', 'memory'] as const).flatMap((resource) =>
      (['requests', 'limits'] as const).map((kind) => share(sum(pod, kind, resource), capacity[resource])),
    )
    out.line(1, namespace, name, '', ...cells, ageOf(pod.metadata.creationTimestamp, invocation.now()))
    for (const kind of ['requests', 'limits'] as const) {
      for (const resource of namesIn(pod, kind)) totals[kind].set(resource, (totals[kind].get(resource) ?? Quantity.parse('0')).add(sum(pod, kind, resource)))
    }
  }
  out
    .line(0, 'Allocated resources:')
    .line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
    .line(1, 'Resource', 'Requests', 'Limits')
    .line(1, '--------', '--------', '------')
  const zero = Quantity.parse('0')
  for (const resource of [
    'cpu',
    'memory',
    'ephemeral-storage',
    ...Object.keys(capacity)
      .filter((each) => each.startsWith('hugepages-'))
      .sort(),
  ]) {
    out.line(1, resource, share(totals.requests.get(resource) ?? zero, capacity[resource]), share(totals.limits.get(resource) ?? zero, capacity[resource]))
  }
}

function namesIn(pod: any, kind: 'requests' | 'limits'): Set<string> {
  return new Set([...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].flatMap((each: any) => Object.keys(each.resources?.[kind] ?? {})))
}

/** As the scheduler reckons: the containers together, or the largest init container. */
function sum(pod: any, kind: 'requests' | 'limits', resource: string): Quantity {
  const of = (container: any): Quantity => Quantity.parse(container.resources?.[kind]?.[resource] ?? '0')
  let total = Quantity.parse('0')
  for (const container of pod.spec.containers ?? []) total = total.add(of(container))
  for (const container of pod.spec.initContainers ?? []) if (of(container).compare(total) > 0) total = of(container)
  return total
}

function share(amount: Quantity, of: string | undefined): string {
  const whole = of === undefined ? 0 : Number(Quantity.parse(of).toNumber())
  return `${amount.toString()} (${whole === 0 ? 0 : Math.trunc((amount.toNumber() / whole) * 100)}%)`
}
