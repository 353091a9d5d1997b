/** Cordoned nodes take only pods that tolerate it. */
import { isItself } from '../../framework/events.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { tolerates } from '#api/core/v1/placement/tolerations.ts'

const unschedulable: Verdict = { plugin: 'NodeUnschedulable', reasons: ['node(s) were unschedulable'], resolvable: false }

export const nodeUnschedulable: Plugin<undefined> = {
  name: 'NodeUnschedulable',
  ignoresPods: true,
  filter(_state, { pod }, { nodes, verdicts, length }) {
    const tolerated = tolerates(pod.pod.spec.tolerations, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })
    if (tolerated) return
    for (let i = 0; i < length; i++) if (nodes[i]!.unschedulable) verdicts[i] ??= unschedulable
  },
  interests: [
    { event: 'UnschedulablePod/UpdateToleration', hint: isItself },
    { event: 'Node/Add', hint: (_pod, node) => !node.spec?.unschedulable },
    { event: 'Node/UpdateTaint', hint: (_pod, node, before) => before?.spec?.unschedulable && !node.spec?.unschedulable },
  ],
}
