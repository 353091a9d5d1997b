/** LimitRanger: defaults and bounds of containers' resources, pods' sums and claims' sizes, by the namespace's LimitRanges. */
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import { limitRanges } from '#api/gen/resources.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { itemErrors } from './limit-ranger-bounds.ts'
import { podResources } from '#api/core/v1/quota/pod-resources.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

const annotation = 'kubernetes.io/limit-ranger'

export function limitRanger(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, limitRanges)
  const items = async ({ namespace }: AdmissionAttributes): Promise<LimitRangeItem[]> =>
    (await reader.list(namespace)).filter((each: LimitRange) => !each.metadata.deletionTimestamp).flatMap((each) => each.spec?.limits ?? [])
  return {
    name: 'LimitRanger',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']) || isFor(attributes, '', 'persistentvolumeclaims', ['CREATE', 'UPDATE']),
    async admit(attributes) {
      if (attributes.resource !== 'pods') return
      for (const item of await items(attributes)) if (item.type === 'Container') applyDefaults(attributes.object as Pod, item)
    },
    async validate(attributes) {
      const found = await items(attributes)
      const errors =
        attributes.resource === 'pods'
          ? podErrors(attributes.object as Pod, found)
          : found
              .filter((item) => item.type === 'PersistentVolumeClaim')
              .flatMap((item) => itemErrors(item, { requests: (attributes.object as PersistentVolumeClaim).spec?.resources?.requests ?? {}, limits: {} }))
      if (errors.length > 0) throw refuse(attributes, ...errors)
    },
  }
}

/** What a container leaves out. A limit given without a request makes the request, as the API's defaults have done already. */
function applyDefaults(pod: Pod, { default: limits = {}, defaultRequest: requests = {} }: LimitRangeItem): void {
  const notes: string[] = []
  const fill = (containers: readonly any[] | undefined, what: string): void => {
    for (const container of containers ?? []) {
      const addTo = (key: 'requests' | 'limits', values: Record<string, string>): string[] => {
        const missing = Object.entries(values).filter(([name]) => container.resources?.[key]?.[name] === undefined)
        if (missing.length === 0) return []
        container.resources = { ...container.resources, [key]: { ...container.resources?.[key], ...Object.fromEntries(missing) } }
        return missing.map(([name]) => name).sort()
      }
      const requested = addTo('requests', requests)
      const limited = addTo('limits', limits)
      if (requested.length > 0) notes.push(`${requested.join(', ')} request for ${what} ${container.name}`)
      if (limited.length > 0) notes.push(`${limited.join(', ')} limit for ${what} ${container.name}`)
    }
  }
  fill(pod.spec?.containers, 'container')
  fill(pod.spec?.initContainers, 'init container')
  if (notes.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` }
}

function podErrors(pod: Pod, items: readonly LimitRangeItem[]): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  return items.flatMap((item) => {
    if (item.type === 'Container')
      return containers.flatMap(({ resources }) => itemErrors(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }))
    if (item.type === 'Pod') return itemErrors(item, { requests: podResources(pod, 'requests'), limits: podResources(pod, 'limits') })
    return []
  })
}
