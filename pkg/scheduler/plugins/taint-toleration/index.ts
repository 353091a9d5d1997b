/** Nodes with a taint that the pod does not tolerate are out; those with PreferNoSchedule taints score less. */
import type { Toleration } from '#api/gen/core/v1.ts'
import { normalise } from '../../framework/normalise.ts'
import { isItself } from '../../framework/events.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'
import { hasUntoleratedTaint, tolerates } from '#api/core/v1/placement/tolerations.ts'

const untolerated: Verdict = { plugin: 'TaintToleration', reasons: ['node(s) had untolerated taint(s)'], resolvable: false }

export const taintToleration: Plugin<readonly Toleration[] | undefined> = {
  name: 'TaintToleration',
  ignoresPods: true,
  filter(_state, { pod }, { nodes, verdicts, length }) {
    const { tolerations } = pod.pod.spec
    for (let i = 0; i < length; i++) {
      const { taints } = nodes[i]!
      if (taints.length > 0 && verdicts[i] === undefined && hasUntoleratedTaint(taints, tolerations)) verdicts[i] = untolerated
    }
  },
  score({ pod }, nodes, into) {
    const { tolerations } = pod.pod.spec
    let any = false
    for (let i = 0; i < nodes.length; i++) {
      let count = 0
      for (const taint of nodes[i]!.taints) if (taint.effect === 'PreferNoSchedule' && !tolerates(tolerations, taint)) count++
      into[i] = count
      if (count > 0) any = true
    }
    if (any) normalise(into, nodes.length, true)
    return any
  },
  interests: [
    { event: 'UnschedulablePod/UpdateToleration', hint: isItself },
    { event: 'Node/Add', hint: (pod, node) => !hasUntoleratedTaint(node.spec?.taints ?? [], pod.spec.tolerations) },
    {
      event: 'Node/UpdateTaint',
      hint: ({ spec }, node, before) =>
        !hasUntoleratedTaint(node.spec?.taints ?? [], spec.tolerations) && hasUntoleratedTaint(before?.spec?.taints ?? [], spec.tolerations),
    },
  ],
}
