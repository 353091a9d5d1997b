/**
 * ClusterIPs and node ports (registry/core/service/storage/alloc.go): taken when a Service is written, given back
 * when it goes. Addresses are held by IPAddress objects, ports are counted again from the Services at every start;
 * `repair.ts` puts right what a crash between two writes left.
 */
import type { Service } from '#api/gen/core/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import type { Store } from '#storage/types.ts'
import type { Hold, KindHooks } from '../registry/operation.ts'
import type { Registry } from '../registry/registry.ts'
import type { View } from '../registry/view.ts'
import { createServiceAddresses, type ServiceAddresses } from './addresses.ts'
import { Claims, type Pools } from './claims.ts'
import { StoredPortClaims } from './port-claims.ts'
import { type Family, familyOf, keepsPreference, serviceRanges, setFamilies } from './families.ts'
import { PortPool } from './port-pool.ts'

export interface ServiceAllocationOptions {
  /** Writes IPAddresses, by the server's own chain. */
  readonly client: Client
  readonly registry: () => Registry
  /** One range, or two of different families with a comma between them; the first is the default. */
  readonly serviceCidr: string
  readonly nodePortRange: { readonly from: number; readonly to: number }
  readonly store: Store
  readonly clock: Clock
}

export interface ServiceAllocation {
  readonly hooks: ReadonlyMap<string, KindHooks>
  readonly addresses: ServiceAddresses
  /** Takes the ports that the stored Services hold, and follows what other servers take and leave, until the signal aborts. */
  load(registry: Registry, signal: AbortSignal): Promise<void>
}

export function createServiceAllocation({ client, registry, serviceCidr, nodePortRange, store, clock }: ServiceAllocationOptions): ServiceAllocation {
  const portClaims = new StoredPortClaims(store, () => clock.now())
  const ranges = serviceRanges(serviceCidr)
  const families = ranges.map(familyOf)
  const pools: Pools = { addresses: createServiceAddresses({ client, registry, defaultCidrs: ranges }), ports: new PortPool(nodePortRange, portClaims) }
  const hooks: KindHooks = {
    beforeCreate: (service: Service, { dryRun }) => {
      setFamilies(service, undefined, families)
      return claim(pools, service, undefined, dryRun)
    },
    beforeUpdate: (service: Service, old: Service, { dryRun }) => {
      keepAllocated(service, old)
      setFamilies(service, old, families)
      return claim(pools, service, old, dryRun)
    },
    afterDelete: async (service: Service) => {
      for (const port of portsOf(service)) await pools.ports.release(port)
      for (const address of addressesOf(service)) await pools.addresses.release(address)
    },
  }
  return {
    hooks: new Map([['/services', hooks]]),
    addresses: pools.addresses,
    async load(registry, signal) {
      const view = registry.view('', 'v1', 'services')
      if (!view) return
      const held = new Set<number>()
      for (const stored of view.cache.range(view.cache.prefix)) for (const port of portsOf(view.object(stored) as Service)) held.add(port)
      for (const port of held) pools.ports.hold(port)
      await portClaims.repair(held)
      followPorts(view, pools.ports, { clock, signal })
    },
  }
}

/** What another server's Services take and leave; of our own it is known already. */
function followPorts(view: View, ports: PortPool, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): void {
  const unsubscribe = view.cache.subscribe({
    onEvent: ({ current, previous }) => {
      const now = current ? portsOf(view.object(current) as Service) : new Set<number>()
      for (const port of previous ? portsOf(view.object(previous) as Service) : []) if (!now.has(port)) ports.forget(port)
      for (const port of now) ports.hold(port)
    },
    onFlush: () => {},
    onReset: () => {
      if (!signal.aborted) clock.after(1000, () => followPorts(view, ports, { clock, signal }))
    },
  })
  signal.addEventListener('abort', unsubscribe, { once: true })
}

const needsAddress = ({ spec }: Service): boolean => spec.type !== 'ExternalName' && spec.clusterIP !== 'None'
const needsPorts = ({ spec }: Service): boolean => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
const needsHealthPort = ({ spec }: Service): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

export function addressesOf({ spec }: Service): string[] {
  if (spec.type === 'ExternalName') return []
  return (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter((each) => each !== 'None' && each !== '')
}

function portsOf({ spec }: Service): Set<number> {
  const ports = new Set<number>()
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') for (const { nodePort } of spec.ports ?? []) if (nodePort) ports.add(nodePort)
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort)
  return ports
}

/** An update that does not speak of what was allocated keeps it; one that changes the type lets go. */
function keepAllocated(service: Service, old: Service): void {
  const { spec } = service
  const before = old.spec
  if (needsAddress(old) && needsAddress(service)) {
    if (!spec.clusterIP && (before.clusterIP ?? '') !== '') spec.clusterIP = before.clusterIP!
    if ((spec.clusterIPs?.length ?? 0) === 0 && before.clusterIPs && spec.clusterIP === before.clusterIP) spec.clusterIPs = [...before.clusterIPs]
  }
  if (spec.type === 'ExternalName' && before.type !== 'ExternalName') {
    if (spec.clusterIP === before.clusterIP) delete spec.clusterIP
    if (spec.clusterIPs?.[0] === before.clusterIPs?.[0]) delete spec.clusterIPs
    delete spec.ipFamilies
    delete spec.ipFamilyPolicy
  }
  if (needsPorts(old) && needsPorts(service)) {
    const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort))
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue
      const same = before.ports?.find((each) => each.port === port.port && each.protocol === port.protocol)
      if (same?.nodePort && !used.has(same.nodePort)) port.nodePort = same.nodePort
    }
  } else if (needsPorts(old) && spec.type === 'ClusterIP') {
    for (const port of spec.ports ?? []) if (before.ports?.some(({ nodePort }) => nodePort === port.nodePort)) delete port.nodePort
  }
  if (needsHealthPort(old) && needsHealthPort(service)) {
    if (!spec.healthCheckNodePort && before.healthCheckNodePort) spec.healthCheckNodePort = before.healthCheckNodePort
  } else if (!needsHealthPort(service) && spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort
}

async function claim(pools: Pools, service: Service, old: Service | undefined, dryRun: boolean): Promise<Hold> {
  const { spec } = service
  const claims = new Claims(pools, service, dryRun)
  const heldAddresses = new Set(old ? addressesOf(old) : [])
  const heldPorts = old ? portsOf(old) : new Set<number>()
  if (spec.clusterIP === 'None') spec.clusterIPs = ['None']
  else if (needsAddress(service) && !(old && keepsPreference(spec, old.spec))) {
    const addresses: string[] = []
    for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
      const wanted = spec.clusterIPs?.[index] || (index === 0 ? spec.clusterIP : '')
      addresses.push(wanted && heldAddresses.has(wanted) ? wanted : await claims.address(family as Family, wanted || undefined))
    }
    spec.clusterIP = addresses[0]!
    spec.clusterIPs = addresses
  }
  await claimPorts(service, claims, heldPorts)
  const keptAddresses = new Set(addressesOf(service))
  const keptPorts = portsOf(service)
  for (const address of heldAddresses) if (!keptAddresses.has(address)) claims.releaseAddress(address)
  for (const port of heldPorts) if (!keptPorts.has(port)) claims.releasePort(port)
  return claims.hold()
}

async function claimPorts(service: Service, claims: Claims, held: ReadonlySet<number>): Promise<void> {
  const { spec } = service
  /** One number may serve several protocols of the same Service. */
  const mine = new Map<number, Set<string>>([...held].map((port) => [port, new Set<string>()]))
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const { nodePort, protocol = 'TCP' } = port
      if (!nodePort && !needsPorts(service)) continue
      const protocols = nodePort ? mine.get(nodePort) : undefined
      if (protocols && !protocols.has(protocol)) protocols.add(protocol)
      else {
        port.nodePort = await claims.port(nodePort || undefined, path('spec').child('ports').index(index).child('nodePort'))
        mine.set(port.nodePort, new Set([protocol]))
      }
    }
  }
  if (needsHealthPort(service) && !(spec.healthCheckNodePort && held.has(spec.healthCheckNodePort))) {
    spec.healthCheckNodePort = await claims.port(spec.healthCheckNodePort || undefined, path('spec', 'healthCheckNodePort'))
  }
}
