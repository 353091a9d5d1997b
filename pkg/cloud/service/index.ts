/**
 * Service controller: a Service of type LoadBalancer has a load balancer of the cloud, whose nodes are the cluster's, and none is left behind.
 * In: Services, nodes, the provider's load balancers. Out: status and finalizer of Services. Upstream: cloud-provider's controllers/service.
 */
import { isDeepStrictEqual } from 'node:util'
import type { LoadBalancerStatus, Node, Service } from '#api/gen/core/v1.ts'
import { nodes, services } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { type CloudSettings, type LoadBalancers, RetryLaterError } from '../types.ts'
import { cleanupFinalizer, hasFinalizer, isBackend, isIncluded, needsCleanup, needsUpdate, wantsLoadBalancer } from './wanted.ts'

/** No Service has such a key: the nodes behind all load balancers. */
const nodesKey = 'nodes'
const namesTold = 20

/** What the controller remembers of a load balancer: whom it was made for, and with which nodes. */
interface Made {
  service: Service
  readonly nodes: readonly Node[]
}

export function serviceController({ provider: { loadBalancers } }: CloudSettings): Controller | undefined {
  if (!loadBalancers) return undefined
  const { loadBalancerClass } = loadBalancers
  const made = new Map<string, Made>()
  const metrics = new MetricSet()
  const syncs = metrics.counter(
    'service_controller_loadbalancer_sync_total',
    'A metric counting the amount of times any load balancer has been configured, as an effect of service/node changes on the cluster',
  )
  const nodeSync = metrics.histogram(
    'service_controller_nodesync_latency_seconds',
    'A metric measuring the latency for nodesync which updates loadbalancer hosts on cluster node updates',
    exponentialBounds(1, 2, 15),
  )
  const nodeSyncErrors = metrics.counter(
    'service_controller_nodesync_error_total',
    'A metric measuring the number of errors when updating loadbalancer hosts on cluster node updates',
  )
  return {
    name: 'service-lb-controller',
    account: 'service-lb-controller',
    metrics,
    eventSource: 'service-controller',
    // --concurrent-service-syncs; and two Services must not find the same address free.
    workers: 1,
    inputs: [
      input(services, {
        keys: (service, change, previous) => {
          const concerned = previous && change === 'update' ? needsUpdate(previous, service, loadBalancerClass) : wantsLoadBalancer(service, loadBalancerClass)
          return concerned || needsCleanup(service) ? [keyOf(service)] : []
        },
      }),
      input(nodes, {
        keys: (node, _change, previous) => {
          const same = previous && isIncluded(previous) === isIncluded(node) && previous.spec?.providerID === node.spec?.providerID
          return same ? [] : [nodesKey]
        },
      }),
    ],
    outputs: [output(services, 'status'), output(services, 'finalizers', { shared: true })],
    start: ({ cache }) => loadBalancers.restore?.(cache(services).list()),
    async reconcile(key, context) {
      if (key === nodesKey) {
        const startedAt = context.clock.now()
        const { updated, failed } = await updateNodes(made, loadBalancers, context)
        syncs.add({}, updated)
        nodeSyncErrors.add({}, failed)
        nodeSync.observe((context.clock.now() - startedAt) / 1000)
        return undefined
      }
      const service = context.cache(services).byKey(key)
      const known = made.get(key)
      // One that went before it had the finalizer, or was made anew under its name.
      if (known && known.service.metadata.uid !== service?.metadata.uid) {
        await forget(known.service, loadBalancers, context)
        made.delete(key)
      }
      if (!service) return undefined
      try {
        if (wantsLoadBalancer(service, loadBalancerClass) && !needsCleanup(service)) {
          if (service.metadata.deletionTimestamp) return undefined
          syncs.add()
          await ensure(service, made, loadBalancers, context)
        } else if (isOursToEnd(service, loadBalancerClass)) {
          await end(service, loadBalancers, context)
          made.delete(key)
        }
      } catch (error) {
        const { message } = error as Error
        context.events.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: ${message}`)
        if (error instanceof RetryLaterError) return { requeueAfterMs: error.afterMs }
        throw error
      }
      return undefined
    },
  }
}

/** One of another class is not ours, whatever finalizer it has. */
function isOursToEnd(service: Service, ownClass: string | undefined): boolean {
  return service.spec.type !== 'LoadBalancer' || wantsLoadBalancer(service, ownClass)
}

async function ensure(service: Service, made: Map<string, Made>, loadBalancers: LoadBalancers, context: ControllerContext): Promise<void> {
  const { cache, events } = context
  events.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer')
  // Before there is anything that would have to be cleaned up.
  const held = await failing('failed to add load balancer cleanup finalizer', () => addFinalizer(service, context))
  const backends = cache(nodes).list().filter(isBackend)
  if (backends.length === 0) events.event(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer')
  made.set(keyOf(service), { service, nodes: backends })
  const status = await failing('failed to ensure load balancer', () => loadBalancers.ensure(held, backends))
  events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
  await failing('failed to update load balancer status', () => writeStatus(held, status, context))
}

async function end(service: Service, loadBalancers: LoadBalancers, context: ControllerContext): Promise<void> {
  const { events } = context
  const exists = await failing('failed to check if load balancer exists before cleanup', () => loadBalancers.get(service))
  if (exists) {
    events.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
    await failing('failed to delete load balancer', () => loadBalancers.ensureDeleted(service))
  }
  // The status first: with the finalizer the Service itself may go.
  await failing('failed to update load balancer status', () => writeStatus(service, {}, context))
  await failing('failed to remove load balancer cleanup finalizer', () => removeFinalizer(service, context))
  events.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
}

/** The Service is gone already. */
async function forget(service: Service, loadBalancers: LoadBalancers, { events }: ControllerContext): Promise<void> {
  if (!(await loadBalancers.get(service))) return
  events.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer')
  try {
    await loadBalancers.ensureDeleted(service)
  } catch (error) {
    events.event(service, 'Warning', 'DeleteLoadBalancerFailed', `Error deleting load balancer: ${(error as Error).message}`)
    throw error
  }
  events.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
}

/** Those whose nodes are others now; one that fails is synced as a whole. */
async function updateNodes(made: Map<string, Made>, loadBalancers: LoadBalancers, context: ControllerContext): Promise<{ updated: number; failed: number }> {
  const { cache, enqueue, events } = context
  const counts = { updated: 0, failed: 0 }
  const backends = cache(nodes).list().filter(isBackend)
  for (const [key, { service, nodes: before }] of made) {
    if (isDeepStrictEqual(identities(before), identities(backends))) continue
    made.set(key, { service, nodes: backends })
    counts.updated++
    try {
      await loadBalancers.update(service, backends)
    } catch (error) {
      if (!(await loadBalancers.get(service).catch(() => true))) continue
      events.event(
        service,
        'Warning',
        'UpdateLoadBalancerFailed',
        `Error updating load balancer with new hosts ${told(backends)}, error: ${(error as Error).message}`,
      )
      counts.failed++
      enqueue(key)
      continue
    }
    if (backends.length === 0) events.event(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer')
    else events.event(service, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts')
  }
  return counts
}

function identities(list: readonly Node[]): Record<string, string | undefined> {
  return Object.fromEntries(list.map(({ metadata, spec }): [string, string | undefined] => [metadata.name, spec?.providerID]).sort())
}

function told(list: readonly Node[]): string {
  const names = list.map(({ metadata }) => metadata.name)
  const shown = names.length > namesTold ? [...names.slice(0, namesTold).sort(), `<${names.length - namesTold} more>`] : names.sort()
  return `[${shown.join(' ')}] [node names limited, total number of nodes: ${names.length}]`
}

/** What went wrong, and while doing what. */
async function failing<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const message = `${what}: ${(error as Error).message}`
    throw error instanceof RetryLaterError ? new RetryLaterError(message, error.afterMs) : new Error(message, { cause: error })
  }
}

async function addFinalizer(service: Service, context: ControllerContext): Promise<Service> {
  return hasFinalizer(service) ? service : patchFinalizers(service, [...(service.metadata.finalizers ?? []), cleanupFinalizer], context)
}

async function removeFinalizer(service: Service, context: ControllerContext): Promise<void> {
  if (!hasFinalizer(service)) return
  const rest = (service.metadata.finalizers ?? []).filter((each) => each !== cleanupFinalizer)
  await unlessGone(() => patchFinalizers(service, rest, context))
}

async function patchFinalizers(service: Service, finalizers: readonly string[], { client }: ControllerContext): Promise<Service> {
  // The whole list is replaced, so it must not have changed: whoever did is seen before the next try.
  const current = await client.get(services, splitKey(keyOf(service)))
  const { uid, resourceVersion } = current.metadata
  const unchanged = isDeepStrictEqual(current.metadata.finalizers ?? [], service.metadata.finalizers ?? []) && uid === service.metadata.uid
  if (!unchanged) throw new Error('the Service has changed meanwhile')
  return client.patch(services, splitKey(keyOf(service)), { metadata: { finalizers, uid, resourceVersion } }, { type: 'merge' })
}

async function writeStatus(service: Service, status: LoadBalancerStatus, { client }: ControllerContext): Promise<void> {
  if (isDeepStrictEqual(service.status?.loadBalancer?.ingress ?? [], status.ingress ?? [])) return
  const loadBalancer = status.ingress?.length ? status : null
  const patch = { metadata: { uid: service.metadata.uid }, status: { loadBalancer } }
  await unlessGone(() => client.patch(services, splitKey(keyOf(service)), patch, { type: 'merge', subresource: 'status' }))
}

async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
