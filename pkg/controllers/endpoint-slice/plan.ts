/** Which slices to create, update and delete, changing as few as possible (upstream's reconcileByPortMapping). */
import type { Service } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { services } from '#api/gen/resources.ts'
import { controllerRef } from '../workload/owner.ts'
import { sameStatus } from '../workload/status-write.ts'
import { headlessLabel } from '../service-pods/index.ts'
import { groupKey, type PortGroup } from './desired.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const managedBy = 'endpointslice-controller.k8s.io'

/** A slice holds this many endpoints at most. */
export const defaultMaxEndpoints = 100

export interface SlicePlan {
  readonly create: EndpointSlice[]
  readonly update: EndpointSlice[]
  readonly delete: EndpointSlice[]
}

export function planSlices(
  service: Service,
  existing: readonly EndpointSlice[],
  groups: ReadonlyMap<string, PortGroup>,
  addressTypes: readonly string[],
  maxEndpoints = defaultMaxEndpoints,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [] }
  const byGroup = Map.groupBy(existing, ({ addressType, ports }) => groupKey(addressType, ports ?? []))
  for (const [key, group] of groups) planGroup(service, byGroup.get(key) ?? [], group, maxEndpoints, plan)
  for (const [key, slices] of byGroup) if (!groups.has(key)) plan.delete.push(...slices)
  for (const addressType of addressTypes) keepPlaceholder(service, existing, addressType as PortGroup['addressType'], plan)
  return plan
}

function planGroup(service: Service, existing: readonly EndpointSlice[], group: PortGroup, maxEndpoints: number, plan: SlicePlan): void {
  const wanted = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]))
  const kept = existing.map((slice) => {
    const endpoints: Endpoint[] = []
    for (const each of slice.endpoints ?? []) {
      const endpoint = wanted.get(identity(each))
      if (!endpoint) continue
      wanted.delete(identity(each))
      endpoints.push(endpoint)
    }
    return { slice, endpoints, changed: !sameStatus(slice.endpoints, endpoints) || !sameStatus(slice.metadata.labels, labelsOf(service)) }
  })
  const left = [...wanted.values()]
  // Those that change anyway take the new ones first; then the fullest that has room for what is left.
  for (const each of kept) if (each.changed) each.endpoints.push(...left.splice(0, maxEndpoints - each.endpoints.length))
  if (left.length > 0 && left.length < maxEndpoints) {
    const roomy = kept.filter(({ endpoints }) => endpoints.length + left.length <= maxEndpoints).sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
    if (roomy) {
      roomy.endpoints.push(...left.splice(0))
      roomy.changed = true
    }
  }
  while (left.length > 0) plan.create.push(newSlice(service, group.addressType, group.ports, left.splice(0, maxEndpoints)))
  for (const { slice, endpoints, changed } of kept) {
    if (endpoints.length === 0) plan.delete.push(slice)
    else if (changed) plan.update.push({ ...slice, metadata: { ...slice.metadata, labels: labelsOf(service) }, endpoints })
  }
}

/** A Service without endpoints keeps one empty slice of each address type, so that readers can tell it is looked after. */
function keepPlaceholder(service: Service, existing: readonly EndpointSlice[], addressType: PortGroup['addressType'], plan: SlicePlan): void {
  const ofType = (slice: EndpointSlice) => slice.addressType === addressType
  const staying = existing.filter((slice) => ofType(slice) && !plan.delete.includes(slice))
  if (staying.length > 0 || plan.create.some(ofType)) return
  const placeholder = plan.delete.find((slice) => ofType(slice) && (slice.endpoints ?? []).length === 0 && (slice.ports ?? []).length === 0)
  if (placeholder && sameStatus(placeholder.metadata.labels, labelsOf(service))) plan.delete.splice(plan.delete.indexOf(placeholder), 1)
  else plan.create.push(newSlice(service, addressType, [], []))
}

function newSlice(service: Service, addressType: PortGroup['addressType'], ports: EndpointPort[], endpoints: Endpoint[]): EndpointSlice {
  const { name, namespace } = service.metadata
  const metadata = { generateName: `${name}-`, namespace, labels: labelsOf(service), ownerReferences: [controllerRef(service, services)] }
  return { metadata, addressType, endpoints, ports } as unknown as EndpointSlice
}

function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = metadata.labels ?? {}
  return { ...labels, ...(spec.clusterIP === 'None' ? { [headlessLabel]: '' } : {}), [serviceNameLabel]: metadata.name, [managedByLabel]: managedBy }
}

/** An endpoint is its pod at its addresses; readiness and the like may change without it being another. */
function identity({ addresses, targetRef, hostname }: Endpoint): string {
  return [targetRef?.uid ?? '', hostname ?? '', ...addresses].join('|')
}
