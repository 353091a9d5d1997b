/** The cluster's zone: what each name under the cluster domain means, and each address backwards. */
import type { Answer } from 'dns-packet'
import { keyOf } from '#apimachinery/object.ts'
import type { Service } from '#api/gen/core/v1.ts'
import { numberToIp } from '#apimachinery/ip.ts'
import { ipFamily } from '../ip.ts'
import { isIpv4 } from '../ipv4.ts'
import type { ClusterRecords, DnsEndpoint } from './cluster-records.ts'
import type { ZoneAnswer } from './types.ts'

export interface ZoneOptions {
  /** "cluster.local". */
  readonly domain: string
  /** The server's own, one of each family. */
  readonly addresses: readonly string[]
  readonly ttlSeconds: number
}

const schemaVersion = '1.1.0'
const schemaTtlSeconds = 28800
const nxdomain: ZoneAnswer = { kind: 'nxdomain' }
const elsewhere: ZoneAnswer = { kind: 'elsewhere' }
const noData: ZoneAnswer = { kind: 'found', answers: [] }

export class ClusterZone {
  readonly #records: ClusterRecords
  readonly #options: ZoneOptions
  readonly #suffix: string

  constructor(records: ClusterRecords, options: ZoneOptions) {
    this.#records = records
    this.#options = { ...options, domain: options.domain.toLowerCase().replace(/\.$/, '') }
    this.#suffix = `.${this.#options.domain}`
  }

  /** `name` in small letters, without the last dot. */
  lookup(name: string, type: string): ZoneAnswer {
    if (name === this.#options.domain) return this.#apex(type)
    if (name.endsWith(this.#suffix)) return this.#inside(name, name.slice(0, -this.#suffix.length).split('.'), type)
    if (name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa')) return this.#reverse(name, type)
    return elsewhere
  }

  /** Start of authority: goes with every answer that there is nothing. */
  soa(nowMs: number): Answer {
    const { domain, ttlSeconds } = this.#options
    return {
      type: 'SOA',
      name: domain,
      ttl: ttlSeconds,
      data: {
        mname: `ns.dns.${domain}`,
        rname: `hostmaster.${domain}`,
        serial: Math.floor(nowMs / 1000),
        refresh: 7200,
        retry: 1800,
        expire: 86400,
        minimum: ttlSeconds,
      },
    }
  }

  #apex(type: string): ZoneAnswer {
    const { domain, addresses, ttlSeconds } = this.#options
    if (type === 'NS')
      return found(
        [{ type: 'NS', name: domain, ttl: ttlSeconds, data: `ns.dns.${domain}` }],
        addresses.map((address) => addressRecord(`ns.dns.${domain}`, address, ttlSeconds)),
      )
    if (type === 'SOA') return found([this.soa(0)])
    return noData
  }

  #inside(name: string, labels: readonly string[], type: string): ZoneAnswer {
    const kind = labels.at(-1)
    const rest = labels.slice(0, -1)
    if (kind === 'svc') return this.#service(name, rest, type)
    if (kind === 'pod') return this.#pod(name, rest, type)
    if (kind === 'dns-version' && rest.length === 0) return type === 'TXT' ? found([{ type: 'TXT', name, ttl: schemaTtlSeconds, data: schemaVersion }]) : noData
    if (kind === 'dns' && (rest.length === 0 || (rest.length === 1 && rest[0] === 'ns')))
      return rest.length === 0 ? noData : this.#addresses(name, this.#options.addresses, type)
    return nxdomain
  }

  /** "[ENDPOINT.|_PORT._PROTOCOL.]SERVICE.NAMESPACE" */
  #service(name: string, labels: readonly string[], type: string): ZoneAnswer {
    const namespace = labels.at(-1)
    if (namespace === undefined) return noData
    const serviceName = labels.at(-2)
    if (serviceName === undefined) return this.#records.hasNamespace(namespace) ? noData : nxdomain
    const service = this.#records.service(namespace, serviceName)
    if (!service) return nxdomain
    const front = labels.slice(0, -2)
    if (front.length > 2) return nxdomain
    if (service.spec.type === 'ExternalName') return front.length === 0 ? this.#externalName(name, service) : nxdomain
    if (front.length === 2) return this.#port(name, service, front[0] as string, front[1] as string, type)
    if (front[0]?.startsWith('_')) return service.spec.ports?.some((port) => `_${(port.protocol ?? 'TCP').toLowerCase()}` === front[0]) ? noData : nxdomain
    if (front[0] !== undefined) return this.#endpoint(name, service, front[0], type)
    const own = addressesOf(service)
    const endpoints = own ? [] : this.#records.endpoints(keyOf(service))
    // As CoreDNS: a headless Service without a ready endpoint is not there at all, so that search paths go on.
    if (!own && endpoints.length === 0) return nxdomain
    if (type === 'SRV') return this.#srv(name, service, () => true)
    return this.#addresses(name, own ?? endpoints.map((each) => each.address), type)
  }

  #endpoint(name: string, service: Service, label: string, type: string): ZoneAnswer {
    const endpoints = this.#records.endpoints(keyOf(service)).filter((each) => each.label === label)
    if (endpoints.length === 0) return nxdomain
    if (type === 'SRV') return this.#srv(name, service, () => true, endpoints)
    return this.#addresses(
      name,
      endpoints.map((each) => each.address),
      type,
    )
  }

  #port(name: string, service: Service, port: string, protocol: string, type: string): ZoneAnswer {
    const matches = (candidate: { name?: string; protocol?: string }) =>
      `_${(candidate.name ?? '').toLowerCase()}` === port && `_${(candidate.protocol ?? 'TCP').toLowerCase()}` === protocol
    const own = addressesOf(service)
    const endpoints = own ? [] : this.#records.endpoints(keyOf(service)).filter((each) => each.ports.some(matches))
    if (own ? !service.spec.ports?.some(matches) : endpoints.length === 0) return nxdomain
    if (type === 'SRV') return this.#srv(name, service, matches)
    return this.#addresses(name, own ?? endpoints.map((each) => each.address), type)
  }

  /** A target for each port: the Service's own name when it has an address, else each endpoint's. */
  #srv(name: string, service: Service, matches: (port: { name?: string; protocol?: string }) => boolean, only?: readonly DnsEndpoint[]): ZoneAnswer {
    const base = this.#nameOf(service)
    const own = only ? undefined : addressesOf(service)
    const targets: { target: string; addresses: readonly string[]; port: number }[] = []
    if (own) for (const port of (service.spec.ports ?? []).filter(matches)) targets.push({ target: base, addresses: own, port: port.port })
    else
      for (const endpoint of only ?? this.#records.endpoints(keyOf(service)))
        for (const port of endpoint.ports.filter(matches)) targets.push({ target: `${endpoint.label}.${base}`, addresses: [endpoint.address], port: port.port })
    const { ttlSeconds: ttl } = this.#options
    // As CoreDNS counts: each address is a share of the weight, though a target with several of them is told once.
    const shares = targets.reduce((sum, { addresses }) => sum + addresses.length, 0)
    const weight = Math.max(1, Math.floor(100 / Math.max(1, shares)))
    const once = new Map(targets.map(({ target, port }) => [`${target} ${port}`, { target, port }] as const))
    const answers = [...once.values()].map(({ target, port }): Answer => ({ type: 'SRV', name, ttl, data: { priority: 0, weight, port, target } }))
    const glue = new Map(
      targets.flatMap(({ target, addresses }) => addresses.map((address) => [`${target} ${address}`, addressRecord(target, address, ttl)] as const)),
    )
    return found(answers, [...glue.values()])
  }

  #externalName(name: string, service: Service): ZoneAnswer {
    const target = (service.spec.externalName ?? '').toLowerCase().replace(/\.$/, '')
    if (target === '') return noData
    return { kind: 'found', answers: [{ type: 'CNAME', name, ttl: this.#options.ttlSeconds, data: target }], chase: target }
  }

  /** "10-244-0-5.NAMESPACE", "fd00-10-244--5.NAMESPACE": says only what the name says. */
  #pod(name: string, labels: readonly string[], type: string): ZoneAnswer {
    if (labels.length < 2) return labels.length === 0 || this.#records.hasNamespace(labels[0] as string) ? noData : nxdomain
    if (labels.length > 2) return nxdomain
    const address = addressOfLabel(labels[0] as string)
    if (!this.#records.hasNamespace(labels[1] as string)) return nxdomain
    if (address === undefined) return nxdomain
    return this.#addresses(name, [address], type)
  }

  #reverse(name: string, type: string): ZoneAnswer {
    const address = addressOfReverse(name)
    if (address === undefined) return elsewhere
    const service = this.#records.serviceByIp(address)
    const names = service ? [this.#nameOf(service)] : this.#records.endpointsByIp(address).map((each) => `${each.endpoint.label}.${this.#nameOf(each.service)}`)
    if (names.length === 0) return elsewhere
    return type === 'PTR' || type === 'ANY' ? found(names.map((each) => ({ type: 'PTR', name, ttl: this.#options.ttlSeconds, data: each }))) : noData
  }

  #addresses(name: string, addresses: readonly string[], type: string): ZoneAnswer {
    const wanted = addresses.filter((each) => type === 'ANY' || (isIpv4(each) ? type === 'A' : type === 'AAAA'))
    return found(wanted.map((each) => addressRecord(name, each, this.#options.ttlSeconds)))
  }

  #nameOf(service: Service): string {
    return `${service.metadata.name}.${service.metadata.namespace}.svc${this.#suffix}`
  }
}

/** A Service's own addresses, or undefined when it is headless. */
function addressesOf(service: Service): readonly string[] | undefined {
  const { clusterIP, clusterIPs } = service.spec
  if (clusterIP === 'None') return undefined
  return clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : []
}

/** As CoreDNS has it: four parts are IPv4, anything else is tried as IPv6. */
function addressOfLabel(label: string): string | undefined {
  const isFour = label.split('-').length === 4 && !label.includes('--')
  const address = label.replaceAll('-', isFour ? '.' : ':')
  return ipFamily(address) === (isFour ? 4 : 6) ? address : undefined
}

function addressOfReverse(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) return name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.')
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.').reverse()
  // Fewer are a zone, and no address.
  if (digits.length !== 32 || digits.some((digit) => !/^[\da-f]$/.test(digit))) return undefined
  return numberToIp(BigInt(`0x${digits.join('')}`), 6)
}

function addressRecord(name: string, address: string, ttl: number): Answer {
  return { type: isIpv4(address) ? 'A' : 'AAAA', name, ttl, data: address }
}

function found(answers: readonly Answer[], additionals?: readonly Answer[]): ZoneAnswer {
  return additionals ? { kind: 'found', answers, additionals } : { kind: 'found', answers }
}
