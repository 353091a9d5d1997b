/** The endpoints of backends: ready ones of the Service's slices, straight, without its cluster address. */
import type { Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { isIpv4 } from '../ipv4.ts'
import type { Backend, Endpoint } from './types.ts'

export function endpointsOf(backend: Backend, service: Service | undefined, slices: readonly EndpointSlice[]): Endpoint[] {
  const ports = service?.spec.ports ?? []
  // Port 0: whichever comes first.
  const port = backend.port === 0 ? ports[0] : ports.find((each) => each.name === backend.port || each.port === backend.port)
  if (!service || !port) return []
  if (service.spec.type === 'ExternalName') return service.spec.externalName ? [{ address: service.spec.externalName, isName: true, port: port.port }] : []
  const found = new Map<string, Endpoint>()
  const dying = new Map<string, Endpoint>()
  for (const slice of slices) {
    const target = slice.ports?.find((each) => (each.name ?? '') === (port.name ?? '') && (each.protocol ?? 'TCP') === 'TCP')?.port
    if (slice.addressType !== 'IPv4' || !target) continue
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const address = addresses[0]
      if (!address || !isIpv4(address)) continue
      if (conditions?.ready ?? true) found.set(address, { address, port: target })
      else if (conditions?.serving && conditions.terminating) dying.set(address, { address, port: target })
    }
  }
  return [...(found.size > 0 ? found : dying).values()]
}
