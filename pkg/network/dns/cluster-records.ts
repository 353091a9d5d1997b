/** What cluster DNS knows: Services, their endpoints, and both by address; kept by watching. */
import { parseIpSloppy } from '#apimachinery/ip.ts'
import { keyOf } from '#apimachinery/object.ts'
import { endpointSlices, namespaces, services } from '#api/gen/resources.ts'
import type { Service } from '#api/gen/core/v1.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import { SliceIndex, triggeredMs } from '../slice-index.ts'

export interface DnsEndpoint {
  /** The first label of its name: its hostname, else its address with dashes. */
  readonly label: string
  readonly address: string
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[]
}

export class ClusterRecords {
  readonly #services = new Map<string, Service>()
  /** Namespaces that have Services, and how many. */
  readonly #namespaces = new Map<string, number>()
  /** All there are: a namespace without Services has a name as well. */
  readonly #allNamespaces = new Set<string>()
  readonly #serviceByIp = new Map<string, string>()
  readonly #slices: SliceIndex
  readonly #endpointAddresses = new Map<string, readonly string[]>()
  readonly #servicesByEndpoint = new Map<string, Set<string>>()

  /**
   * `changed` is called whenever an answer may have become another; `programmed` with the time, in milliseconds since the epoch, since
   * when the endpoints of a headless Service with a selector should have been what they are now.
   */
  constructor(informers: InformerFactory, changed: () => void, programmed: (sinceMs: number) => void = () => {}) {
    informers.informer(services).addHandler({
      onAdd: (service) => this.#put(service, changed),
      onUpdate: (previous, service) => {
        this.#remove(previous, changed)
        this.#put(service, changed)
      },
      onDelete: (service) => this.#remove(service, changed),
    })
    informers.informer(namespaces).addHandler({
      onAdd: ({ metadata }) => {
        this.#allNamespaces.add(metadata.name)
        changed()
      },
      onUpdate: () => {},
      onDelete: ({ metadata }) => {
        this.#allNamespaces.delete(metadata.name)
        changed()
      },
    })
    this.#slices = new SliceIndex(informers.informer(endpointSlices), (service, slice) => {
      this.#indexEndpoints(service)
      changed()
      const { clusterIP, selector } = this.#services.get(service)?.spec ?? {}
      const since = slice && clusterIP === 'None' && selector ? triggeredMs(slice) : undefined
      if (since !== undefined) programmed(since)
    })
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`)
  }

  hasNamespace(namespace: string): boolean {
    return this.#allNamespaces.has(namespace) || this.#namespaces.has(namespace)
  }

  serviceByIp(address: string): Service | undefined {
    const key = this.#serviceByIp.get(address)
    return key === undefined ? undefined : this.#services.get(key)
  }

  /** Headless Services' endpoints at an address, with the Service each belongs to. */
  endpointsByIp(address: string): { service: Service; endpoint: DnsEndpoint }[] {
    const found: { service: Service; endpoint: DnsEndpoint }[] = []
    for (const key of this.#servicesByEndpoint.get(address) ?? []) {
      const service = this.#services.get(key)
      const endpoint = this.endpoints(key).find((each) => canonical(each.address) === address)
      if (service && endpoint) found.push({ service, endpoint })
    }
    return found
  }

  /** The ready endpoints of a Service (the slices say ready for all where it publishes those not ready, too). */
  endpoints(service: string): DnsEndpoint[] {
    const found = new Map<string, DnsEndpoint>()
    for (const slice of this.#slices.of(service)) {
      if (slice.addressType === 'FQDN') continue
      const ports = (slice.ports ?? []).map((port) => ({ name: port.name ?? '', protocol: (port.protocol ?? 'TCP').toLowerCase(), port: port.port ?? 0 }))
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false) continue
        for (const address of endpoint.addresses) {
          const earlier = found.get(address)
          const label = endpoint.hostname || address.replaceAll(/[.:]/g, '-')
          // A Service with some ports that not every pod has spreads one address over several slices.
          found.set(address, earlier ? { ...earlier, ports: [...earlier.ports, ...ports] } : { label: label.toLowerCase(), address, ports })
        }
      }
    }
    return [...found.values()]
  }

  #put(service: Service, changed: () => void): void {
    const key = keyOf(service)
    const namespace = service.metadata.namespace ?? ''
    this.#services.set(key, service)
    this.#namespaces.set(namespace, (this.#namespaces.get(namespace) ?? 0) + 1)
    for (const address of service.spec.clusterIPs ?? [service.spec.clusterIP ?? ''])
      if (address && address !== 'None') this.#serviceByIp.set(canonical(address), key)
    changed()
  }

  #remove(service: Service, changed: () => void): void {
    const key = keyOf(service)
    const namespace = service.metadata.namespace ?? ''
    if (this.#services.delete(key)) {
      const left = (this.#namespaces.get(namespace) ?? 1) - 1
      if (left > 0) this.#namespaces.set(namespace, left)
      else this.#namespaces.delete(namespace)
    }
    for (const address of service.spec.clusterIPs ?? [service.spec.clusterIP ?? ''])
      if (this.#serviceByIp.get(canonical(address)) === key) this.#serviceByIp.delete(canonical(address))
    changed()
  }

  #indexEndpoints(service: string): void {
    for (const address of this.#endpointAddresses.get(service) ?? []) {
      const owners = this.#servicesByEndpoint.get(address)
      owners?.delete(service)
      if (owners?.size === 0) this.#servicesByEndpoint.delete(address)
    }
    const addresses = this.endpoints(service).map((each) => canonical(each.address))
    if (addresses.length === 0) this.#endpointAddresses.delete(service)
    else this.#endpointAddresses.set(service, addresses)
    for (const address of addresses) {
      const owners = this.#servicesByEndpoint.get(address)
      if (owners) owners.add(service)
      else this.#servicesByEndpoint.set(address, new Set([service]))
    }
  }
}

/** An IPv6 address has many spellings; a question backwards gives none. */
function canonical(address: string): string {
  return address.includes(':') ? (parseIpSloppy(address) ?? address) : address
}
