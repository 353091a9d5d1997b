/** TaintNodesByCondition: a new node takes no pods until it says it is ready. */
import type { Node } from '#api/gen/core/v1.ts'
import type { AdmissionPlugin } from '../types.ts'
import { isFor } from './types.ts'

const key = 'node.kubernetes.io/not-ready'

export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: 'TaintNodesByCondition',
    handles: (attributes) => isFor(attributes, '', 'nodes', ['CREATE']),
    admit({ object }) {
      const node = object as Node
      node.spec ??= {}
      const taints = node.spec.taints ?? []
      if (!taints.some((each) => each.key === key && each.effect === 'NoSchedule')) node.spec.taints = [...taints, { key, effect: 'NoSchedule' }]
    },
  }
}
