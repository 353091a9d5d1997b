/** Nodes that can do what the pod asks of their kubelet (KEP-5328). */
import { featuresForPlacement } from '#api/core/v1/node/declared-features.ts'
import type { Plugin, Verdict } from '../../framework/types.ts'

const lacking: Verdict = { plugin: 'NodeDeclaredFeatures', reasons: ["node(s) didn't match Pod's required features"], resolvable: false }

export const nodeDeclaredFeatures: Plugin<readonly string[]> = {
  name: 'NodeDeclaredFeatures',
  ignoresPods: true,
  preFilter({ pod }) {
    const wanted = featuresForPlacement(pod.pod.spec)
    return wanted.length > 0 ? { state: wanted } : { skip: true }
  },
  filter(wanted, _cycle, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) {
      const declared = nodes[i]!.node?.status?.declaredFeatures
      if (!wanted.every((each) => declared?.includes(each))) verdicts[i] ??= lacking
    }
  },
  interests: [
    { event: 'Node/Add' },
    { event: 'Node/UpdateDeclaredFeature' },
    { event: 'UnschedulablePod/Update', hint: (_pod, after, before) => String(featuresForPlacement(after.spec)) !== String(featuresForPlacement(before.spec)) },
  ],
}
