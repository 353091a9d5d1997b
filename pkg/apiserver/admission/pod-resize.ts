/** PodResizeValidator: a running pod is not resized to more than its node could ever give it, nor where nodes cannot resize. */
import { semanticEqual } from '#api/semantic-equal.ts'
import { type Node, type Pod, PodSpecSchema } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { podResources, type ResourceList } from '#api/core/v1/quota/pod-resources.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

const osLabel = 'kubernetes.io/os'

export function podResizeValidator(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, nodes)
  return {
    name: 'PodResizeValidator',
    handles: (attributes) => isFor(attributes, '', 'pods', ['UPDATE'], 'resize'),
    async validate(attributes) {
      const { spec } = attributes.object as Pod
      if (!spec.nodeName || semanticEqual(spec, (attributes.oldObject as Pod | undefined)?.spec, PodSpecSchema)) return
      const node = await reader.get(undefined, spec.nodeName)
      if (!node) throw refuse(attributes, `node "${spec.nodeName}" not found`)
      const os = node.metadata.labels?.[osLabel] ?? 'linux'
      if (os !== 'linux')
        throw refuseFor(attributes, 'UnsupportedPlatform', `pod resize is only supported on linux nodes, node "${node.metadata.name}" is "${os}"`)
      const lacking = beyond(podResources(attributes.object as Pod, 'requests'), node)
      if (lacking.length > 0) throw refuseFor(attributes, 'NodeCapacity', `node didn't have enough allocatable resources: ${lacking.join('; ')}`)
    },
  }
}

function beyond(requests: ResourceList, { status }: Node): string[] {
  const told: string[] = []
  for (const [name, amount] of [
    ['cpu', (quantity: Quantity) => quantity.milliValue()],
    ['memory', (quantity: Quantity) => quantity.value()],
  ] as const) {
    const [wanted, given] = [requests, status?.allocatable ?? {}].map((list) => Quantity.parse(list[name] ?? '0')) as [Quantity, Quantity]
    if (wanted.compare(given) > 0) told.push(`${name}, requested: ${amount(wanted)}, allocatable: ${amount(given)}`)
  }
  return told
}

function refuseFor(attributes: AdmissionAttributes, reason: string, why: string): StatusError {
  const { code, message, details, reason: forbidden } = refuse(attributes, why)
  return new StatusError({ code, message, reason: forbidden, details: { ...details, causes: [{ reason }] } })
}
