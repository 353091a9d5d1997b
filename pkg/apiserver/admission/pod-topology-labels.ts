/** PodTopologyLabels: a pod carries the zone and region of its node among its own labels, for whoever reads the pod alone (KEP-4742). */
import type { Binding, Pod } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { type AdmissionContext, isFor } from './types.ts'

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'] as const

/** On the Binding, whose labels the pod takes over, and on pods that are made with a node; what the pod itself says is written over. */
export function podTopologyLabels(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, nodes)
  return {
    name: 'PodTopologyLabels',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']) || isFor(attributes, '', 'pods', ['CREATE'], 'binding'),
    async admit({ object, subresource }) {
      const nodeName = subresource === 'binding' ? nodeOf(object as Binding) : (object as Pod).spec.nodeName
      if (!nodeName) return
      const labels = (await reader.get(undefined, nodeName))?.metadata.labels
      const found = copied.filter((key) => labels?.[key] !== undefined)
      if (found.length === 0) return
      object!.metadata.labels = { ...object!.metadata.labels, ...Object.fromEntries(found.map((key) => [key, labels![key]!])) }
    },
  }
}

function nodeOf({ target }: Binding): string | undefined {
  return target.kind === 'Node' ? target.name : undefined
}
