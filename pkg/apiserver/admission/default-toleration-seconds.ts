/** DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or cannot be reached, unless it says otherwise. */
import type { Pod, Toleration } from '#api/gen/core/v1.ts'
import type { AdmissionPlugin } from '../types.ts'
import { isFor } from './types.ts'

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const
const tolerationSeconds = 300

export function defaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']),
    admit({ object }) {
      const { spec } = object as Pod
      if (!spec) return
      const present = spec.tolerations ?? []
      const added = keys
        .filter((key) => !present.some((each) => tolerates(each, key)))
        .map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }))
      if (added.length > 0) spec.tolerations = [...present, ...added]
    },
  }
}

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute')
}
