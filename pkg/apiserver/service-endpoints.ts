/**
 * From a Service's name and port to one of the addresses behind it, for webhooks and aggregated API servers. The API
 * server need not be where cluster addresses lead, so endpoints are called directly (upstream:
 * --enable-aggregator-routing).
 */
import type { Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { cachedReader, type ReadAccess } from './cached-reader.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface ServiceEndpoints {
  /** Throws an Error that says in upstream's words what is missing. */
  resolve(namespace: string, name: string, port: number): Promise<Endpoint>
}

/** Registers its informers: call before the factory starts. */
export function serviceEndpoints(access: ReadAccess): ServiceEndpoints {
  const serviceReader = cachedReader(access, services)
  const sliceReader = cachedReader(access, endpointSlices)
  return {
    async resolve(namespace, name, port) {
      const service: Service | undefined = await serviceReader.get(namespace, name)
      if (!service) throw new Error(`service ${JSON.stringify(name)} not found`)
      if (service.spec?.type === 'ExternalName') return { host: service.spec.externalName ?? '', port }
      const wanted = service.spec?.ports?.find((each) => each.port === port)
      if (!wanted) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`)
      const candidates = slicesOf(await sliceReader.list(namespace), name).flatMap((slice) => readyEndpoints(slice, wanted.name ?? ''))
      if (candidates.length === 0) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`)
      return candidates[Math.floor(Math.random() * candidates.length)]!
    },
  }
}

export function slicesOf(slices: readonly EndpointSlice[], serviceName: string): EndpointSlice[] {
  return slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === serviceName)
}

/** The addresses of a slice that take requests on the port of this name. */
export function readyEndpoints({ endpoints, ports }: EndpointSlice, portName: string): Endpoint[] {
  const port = (ports ?? []).find((each) => (each.name ?? '') === portName)?.port
  if (port === undefined) return []
  return (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses.map((host) => ({ host, port })))
}
