/**
 * Load balancers of a local cluster: each Service of type LoadBalancer has an address of the underlay to itself; nodes announce
 * it (`#network/loadbalancer`). In: Services, Nodes. Out: status and finalizer of Services. Upstream: cloud-provider's service controller.
 */
import type { Service } from '#api/gen/core/v1.ts'
import { nodes, services } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { AddressRange } from './address-range.ts'

/** A Service that names this class is ours too; one that names another is another provider's. */
export const loadBalancerClass = 'k8ts.io/local'
const cleanupFinalizer = 'service.kubernetes.io/load-balancer-cleanup'

export function serviceLbController({ loadBalancerRange }: ControllerSettings): Controller | undefined {
  if (!loadBalancerRange) return undefined
  const range = new AddressRange(loadBalancerRange)
  return {
    name: 'service-lb-controller',
    eventSource: 'service-controller',
    // One at a time: two Services must not find the same address free.
    workers: 1,
    inputs: [input(services, { keys: (service) => [keyOf(service)] }), input(nodes)],
    outputs: [output(services, 'status'), output(services, 'finalizers', { shared: true })],
    start({ cache }) {
      // Who has an address keeps it over a restart, the eldest first.
      const holders = cache(services)
        .list()
        .filter(isOurs)
        .sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
      for (const service of holders) for (const address of addressesOf(service)) if (range.contains(address)) range.take(address, keyOf(service))
    },
    async reconcile(key, context) {
      const service = context.cache(services).byKey(key)
      if (!service) range.release(key)
      else if (isOurs(service) && !service.metadata.deletionTimestamp) await ensure(service, range, context)
      else await release(service, range, context)
    },
  }
}

async function ensure(cached: Service, range: AddressRange, context: ControllerContext): Promise<void> {
  const { events, client } = context
  const key = keyOf(cached)
  const held = range.heldBy(key)
  // Who has an address already and shows none is most likely a cache that is behind our own writes.
  const service = held === undefined || addressesOf(cached).includes(held) ? cached : await client.get(services, splitKey(key))
  if (service.metadata.deletionTimestamp || !isOurs(service)) return
  const before = addressesOf(service)
  const hasFinalizer = service.metadata.finalizers?.includes(cleanupFinalizer) ?? false
  const wanted = service.spec.loadBalancerIP || undefined
  const kept = before.length === 1 ? before.find((each) => range.contains(each) && range.take(each, key)) : undefined
  if (kept && hasFinalizer && (!wanted || wanted === kept)) return
  events.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer')
  try {
    const address = wanted ? takeWanted(range, wanted, key, nodeAddresses(context)) : (kept ?? held ?? takeFree(range, key, nodeAddresses(context)))
    range.release(key, address)
    if (!hasFinalizer) {
      const finalizers = [...(service.metadata.finalizers ?? []), cleanupFinalizer]
      await patchMetadata(service, { finalizers }, context)
    }
    await patchStatus(service, { ingress: [{ ip: address, ipMode: 'VIP' }] }, context)
  } catch (error) {
    events.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: failed to ensure load balancer: ${(error as Error).message}`)
    throw error
  }
  events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
}

/** What was a load balancer and is to be one no longer. Without our finalizer it never was ours. */
async function release(service: Service, range: AddressRange, context: ControllerContext): Promise<void> {
  range.release(keyOf(service))
  const finalizers = service.metadata.finalizers ?? []
  if (!finalizers.includes(cleanupFinalizer) || isAnothers(service)) return
  context.events.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
  try {
    if (addressesOf(service).length > 0) await patchStatus(service, null, context)
    await patchMetadata(service, { finalizers: finalizers.filter((each) => each !== cleanupFinalizer) }, context)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  context.events.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
}

function takeWanted(range: AddressRange, wanted: string, key: string, avoided: ReadonlySet<string>): string {
  if (!range.contains(wanted) || avoided.has(wanted)) throw new Error(`the address ${wanted} is not one for load balancers`)
  if (!range.take(wanted, key)) throw new Error(`the address ${wanted} is in use by Service ${range.ownerOf(wanted)}`)
  return wanted
}

function takeFree(range: AddressRange, key: string, avoided: ReadonlySet<string>): string {
  const address = range.takeAny(key, avoided)
  if (!address) throw new Error('no address is free')
  return address
}

function isOurs({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && (!spec.loadBalancerClass || spec.loadBalancerClass === loadBalancerClass)
}

function isAnothers({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && !!spec.loadBalancerClass && spec.loadBalancerClass !== loadBalancerClass
}

function addressesOf({ status }: Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).map((each) => each.ip ?? '')
}

function nodeAddresses({ cache }: ControllerContext): Set<string> {
  return new Set(
    cache(nodes)
      .list()
      .flatMap((node) => (node.status?.addresses ?? []).map((each) => each.address)),
  )
}

async function patchMetadata(service: Service, metadata: { finalizers: string[] }, { client }: ControllerContext): Promise<void> {
  const { resourceVersion, uid } = service.metadata
  // The whole list is replaced, so it must be the one we saw.
  await client.patch(services, splitKey(keyOf(service)), { metadata: { ...metadata, uid, resourceVersion } }, { type: 'merge' })
}

async function patchStatus(service: Service, loadBalancer: object | null, { client }: ControllerContext): Promise<void> {
  await client.patch(services, splitKey(keyOf(service)), { status: { loadBalancer } }, { type: 'merge', subresource: 'status' })
}
