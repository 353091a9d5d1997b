/** The endpoints of backends: ready ones of the Service's slices, straight, without its cluster address. */
import type { Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { ipFamily } from '../../ip.ts'
import type { Backend, Endpoint } from '../types.ts'

export function endpointsOf(backend: Backend, service: Service | undefined, slices: readonly EndpointSlice[]): Endpoint[] {
  const ports = service?.spec.ports ?? []
  // Port 0: whichever comes first.
  const port = backend.port === 0 ? ports[0] : ports.find((each) => each.name === backend.port || each.port === backend.port)
  if (!service || !port) return []
  if (service.spec.type === 'ExternalName') return service.spec.externalName ? [{ address: service.spec.externalName, isName: true, port: port.port }] : []
  const preferred = service.spec.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4'
  // An endpoint of a dual-stack Service is in a slice of each family: one of them is enough, the Service's first.
  const family = slices.some(({ addressType }) => addressType === preferred) ? preferred : preferred === 'IPv4' ? 'IPv6' : 'IPv4'
  const found = new Map<string, Endpoint>()
  const dying = new Map<string, Endpoint>()
  for (const slice of slices) {
    const target = slice.ports?.find((each) => (each.name ?? '') === (port.name ?? '') && (each.protocol ?? 'TCP') === 'TCP')?.port
    if (slice.addressType !== family || !target) continue
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const address = addresses[0]
      if (!address || ipFamily(address) !== (family === 'IPv4' ? 4 : 6)) continue
      // While an endpoint moves from one slice to another, both have it.
      const key = `${address} ${target}`
      if (conditions?.ready ?? true) found.set(key, { address, port: target })
      else if (conditions?.serving && conditions.terminating) dying.set(key, { address, port: target })
    }
  }
  return [...(found.size > 0 ? found : dying).values()]
}
