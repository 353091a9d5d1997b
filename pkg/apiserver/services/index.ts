/**
 * ClusterIPs and node ports (registry/core/service/storage/alloc.go): taken when a Service is written, given back
 * when it goes. Addresses are held by IPAddress objects, ports are counted again from the Services at every start;
 * `repair.ts` puts right what a crash between two writes left.
 */
import type { Service } from '#api/gen/core/v1.ts'
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
import { claimPorts, portsOf } from './node-ports.ts'
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

export function addressesOf({ spec }: Service): string[] {
  if (spec.type === 'ExternalName') return []
  return (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter((each) => each !== 'None' && each !== '')
}

async function claim(pools: Pools, service: Service, old: Service | undefined, dryRun: boolean): Promise<Hold> {
  const { spec } = service
  const claims = new Claims(pools, service, dryRun)
  const heldAddresses = new Set(old ? addressesOf(old) : [])
  const heldPorts = old ? portsOf(old) : []
  if (spec.clusterIP === 'None') spec.clusterIPs = ['None']
  else if (needsAddress(service) && !(old && keepsPreference(spec, old.spec))) {
    const addresses: string[] = []
    // Of a family that the Service had before, it keeps the address: another one is for validation to refuse.
    const kept = old && old.spec.type !== 'ExternalName' ? (old.spec.ipFamilies ?? []).length : 0
    for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
      const wanted = spec.clusterIPs?.[index] || (index === 0 ? spec.clusterIP : '')
      addresses.push(index < kept && wanted ? wanted : await claims.address(family as Family, wanted || undefined))
    }
    spec.clusterIP = addresses[0]!
    spec.clusterIPs = addresses
  }
  await claimPorts(service, old, claims)
  const keptAddresses = new Set(addressesOf(service))
  const keptPorts = portsOf(service)
  for (const address of heldAddresses) if (!keptAddresses.has(address)) claims.releaseAddress(address)
  for (const port of heldPorts) if (!keptPorts.has(port)) claims.releasePort(port)
  return claims.hold()
}
