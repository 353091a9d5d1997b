/** A pod that names its node. */
import type { Plugin, Verdict } from '../../framework/types.ts'

const otherName: Verdict = { plugin: 'NodeName', reasons: ["node(s) didn't match the requested node name"], resolvable: false }

export const nodeName: Plugin<string> = {
  name: 'NodeName',
  ignoresPods: true,
  preFilter({ pod }) {
    const wanted = pod.pod.spec.nodeName
    return wanted ? { state: wanted } : { skip: true }
  },
  filter(wanted, _cycle, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) if (nodes[i]!.name !== wanted) verdicts[i] ??= otherName
  },
  interests: [{ event: 'Node/Add', hint: (pod, node) => pod.spec.nodeName === node.metadata.name }],
}
