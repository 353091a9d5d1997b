/** Ports of the host that others have taken. */
import type { Plugin, Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { type HostPort, podInfoOf } from '../../state/pod-info.ts'

const taken: Verdict = { plugin: 'NodePorts', reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true }

export const nodePorts: Plugin<readonly HostPort[]> = {
  name: 'NodePorts',
  preFilter: ({ pod }) => (pod.hostPorts.length > 0 ? { state: pod.hostPorts } : { skip: true }),
  filter(wanted, _cycle, { nodes, verdicts, length }) {
    for (let i = 0; i < length; i++) {
      const node = nodes[i]!
      if (node.hostPortPods > 0 && verdicts[i] === undefined && conflicts(wanted, node)) verdicts[i] = taken
    }
  },
  interests: [
    { event: 'AssignedPod/Delete', hint: (pod, gone) => podInfoOf(gone).hostPorts.some((port) => podInfoOf(pod).hostPorts.some((mine) => same(mine, port))) },
    { event: 'Node/Add' },
  ],
}

function conflicts(wanted: readonly HostPort[], { pods }: NodeInfo): boolean {
  for (const { hostPorts } of pods.values()) {
    for (const port of hostPorts) for (const mine of wanted) if (same(mine, port)) return true
  }
  return false
}

function same(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}
