/**
 * Puts right what Services and IPAddresses say of one another (ipallocator/controller/repairip.go): every address of a Service has its
 * IPAddress, and an IPAddress of ours has its Service. Looks at what changes, and at everything at the start and every three minutes.
 */
import type { Service } from '#api/gen/core/v1.ts'
import type { IPAddress } from '#api/gen/networking/v1.ts'
import { ipAddresses } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createEventRecorder, type EventRecorder } from '#client/events.ts'
import type { Client } from '#client/types.ts'
import { WorkQueue } from '#client/workqueue.ts'
import type { Registry } from '../registry/registry.ts'
import type { View } from '../registry/view.ts'
import { addressObject, familyLabel, managedBy, managedByLabel, type ServiceAddresses } from './addresses.ts'
import { familyOf } from './families.ts'
import { addressesOf } from './index.ts'

export interface AddressRepairOptions {
  readonly client: Client
  readonly registry: Registry
  readonly addresses: ServiceAddresses
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

const intervalMs = 180_000
/** An address that is younger may belong to a Service that is being written. */
const orphanAgeMs = 60_000
const maxRetries = 15

/** Resolves when everything has been looked at once; goes on until the signal aborts. */
export async function keepServiceAddresses(options: AddressRepairOptions): Promise<void> {
  const { registry, signal } = options
  const services = registry.view('', 'v1', 'services')
  const addresses = registry.view('networking.k8s.io', 'v1', 'ipaddresses')
  if (!services || !addresses) return
  const repair = new AddressRepair(options, services, addresses)
  await repair.everything()
  if (!signal.aborted) void repair.follow()
}

class AddressRepair {
  readonly #options: AddressRepairOptions
  readonly #services: View
  readonly #addresses: View
  readonly #events: EventRecorder
  readonly #queue: WorkQueue

  constructor(options: AddressRepairOptions, services: View, addresses: View) {
    const { client, clock, log } = options
    this.#options = options
    this.#services = services
    this.#addresses = addresses
    this.#events = createEventRecorder({ client, clock, log, component: 'ipallocator-repair-controller' })
    this.#queue = new WorkQueue({ clock })
  }

  async everything(): Promise<void> {
    for (const key of [...this.#keys()]) await this.#look(key).catch((error) => this.#options.log.warn('could not repair', { key, error }))
  }

  async follow(): Promise<void> {
    const { clock, signal } = this.#options
    signal.addEventListener('abort', () => this.#queue.close(), { once: true })
    for (const view of [this.#services, this.#addresses]) this.#subscribe(view)
    void this.#work()
    for (;;) {
      await sleep(clock, intervalMs, signal)
      if (signal.aborted) return
      for (const key of this.#keys()) this.#queue.add(key)
    }
  }

  #subscribe(view: View): void {
    const unsubscribe = view.cache.subscribe({
      onEvent: ({ current, previous }) => {
        this.#queue.add((current ?? previous)!.key)
        // Whose address was taken away looks after it.
        if (!current && view === this.#addresses) this.#addParent(view.object(previous!) as IPAddress)
      },
      onFlush: () => {},
      // What was missed is found by the next look at everything.
      onReset: () => {
        if (!this.#options.signal.aborted) this.#options.clock.after(1000, () => this.#subscribe(view))
      },
    })
    this.#options.signal.addEventListener('abort', unsubscribe, { once: true })
  }

  #addParent({ spec }: IPAddress): void {
    const { resource, namespace = '', name = '' } = spec.parentRef ?? {}
    if (resource === 'services') this.#queue.add(this.#services.key(namespace, name))
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      try {
        await this.#look(key)
        this.#queue.forget(key)
      } catch (error) {
        if (this.#queue.retriesOf(key) < maxRetries) this.#queue.addRateLimited(key)
        else this.#options.log.warn('could not repair', { key, error })
      }
      this.#queue.done(key)
    }
  }

  *#keys(): Generator<string> {
    for (const { cache } of [this.#services, this.#addresses]) for (const { key } of cache.range(cache.prefix)) yield key
  }

  async #look(key: string): Promise<void> {
    if (key.startsWith(this.#services.cache.prefix)) {
      const stored = this.#services.cache.get(key)
      if (stored) await this.#service(this.#services.object(stored) as Service)
      return
    }
    const stored = this.#addresses.cache.get(key)
    if (stored) await this.#address(this.#addresses.object(stored) as IPAddress, key)
  }

  async #service(service: Service): Promise<void> {
    for (const ip of addressesOf(service)) {
      const complain = (reason: string, message: string): void => this.#events.event(service, 'Warning', reason, message)
      const what = `[${familyOf(ip)}]`
      const { namespace, name } = service.metadata
      if (!this.#options.addresses.ranges().some((range) => range.contains(ip))) {
        complain('ClusterIPOutOfRange', `Cluster IP ${what}: ${ip} is not within any configured Service CIDR; please recreate service`)
        continue
      }
      const stored = this.#addresses.cache.get(this.#addresses.key('', ip))
      if (!stored) {
        complain('ClusterIPNotAllocated', `Cluster IP ${what}: ${ip} is not allocated; repairing`)
        await this.#create(ip, service)
        continue
      }
      const { metadata, spec } = this.#addresses.object(stored) as IPAddress
      const parent = spec.parentRef
      const isMine = !parent?.group && parent?.resource === 'services' && parent.namespace === namespace && parent.name === name
      if (!isMine) {
        const other = !parent?.group && parent?.resource === 'services' ? this.#serviceNamed(parent.namespace ?? '', parent.name ?? '') : undefined
        if (other?.spec.clusterIPs?.includes(ip)) {
          complain('ClusterIPAlreadyAllocated', `Cluster IP ${what}:${ip} was assigned to multiple services; please recreate service`)
          continue
        }
        complain('ClusterIPNotAllocated', `the ClusterIP ${what}: ${ip} for Service ${namespace}/${name} has a wrong reference; repairing`)
      }
      if (!isMine || metadata.labels?.[managedByLabel] !== managedBy || metadata.labels[familyLabel] !== familyOf(ip)) {
        await this.#options.addresses.release(ip)
        await this.#create(ip, service)
      }
    }
  }

  async #create(ip: string, service: Service): Promise<void> {
    await this.#options.client.create(ipAddresses, addressObject(ip, service)).catch((error) => {
      if (!isAlreadyExists(error)) throw error
    })
  }

  /** An address of ours whose Service is gone, or never came. */
  async #address(address: IPAddress, key: string): Promise<void> {
    const { metadata, spec } = address
    const { group, resource, namespace = '', name = '' } = spec.parentRef ?? {}
    if (metadata.labels?.[managedByLabel] !== managedBy) return
    const complain = (reason: string, message: string): void => this.#events.event(address, 'Warning', reason, message)
    const isService = !group && resource === 'services'
    const service = isService ? this.#serviceNamed(namespace, name) : undefined
    if (service?.spec.clusterIPs?.includes(metadata.name)) return
    if (!isService)
      complain('IPAddressNotAllocated', `IPAddress ${metadata.name} appears to have been modified, not referencing a Service ${name}: cleaning up`)
    else {
      const { clock } = this.#options
      const youngForMs = Date.parse(metadata.creationTimestamp!) + orphanAgeMs - clock.now()
      if (youngForMs > 0) {
        this.#queue.addAfter(key, youngForMs)
        return
      }
      complain(
        service ? 'IPAddressWrongReference' : 'IPAddressNotAllocated',
        service
          ? `IPAddress: ${metadata.name} for Service ${namespace}/${name} has a wrong reference; cleaning up`
          : `IPAddress: ${metadata.name} for Service ${namespace}/${name} appears to have leaked: cleaning up`,
      )
    }
    try {
      await this.#options.client.delete(ipAddresses, { name: metadata.name }, { preconditions: { uid: metadata.uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #serviceNamed(namespace: string, name: string): Service | undefined {
    const stored = this.#services.cache.get(this.#services.key(namespace, name))
    return stored && (this.#services.object(stored) as Service)
  }
}
