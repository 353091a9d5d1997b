/**
 * Node load balancer controller, where nodes are machines: the nodes' own addresses are those of every Service of type LoadBalancer (as with
 * k3s' ServiceLB), whose proxies answer there at the Service's ports. In: Services, nodes, endpoint slices. Out: status of Services.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Node, Service, ServicePort } from '#api/gen/core/v1.ts'
import { nodesWithEndpoints } from '#api/discovery/nodes-with-endpoints.ts'
import { endpointSlices, nodes, services } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { isIncluded, wantsLoadBalancer } from '../service/wanted.ts'

/** A Service that names this class is ours too. */
export const loadBalancerClass = 'k8ts.io/local'
const serviceNameLabel = 'kubernetes.io/service-name'

export interface NodeLoadBalancerSettings {
  /** "TCP 80" → who has it on every node. */
  readonly takenPorts: ReadonlyMap<string, string>
}

export function nodeLoadBalancerController(settings: NodeLoadBalancerSettings): Controller {
  return {
    name: 'node-load-balancer-controller',
    account: 'service-lb-controller',
    eventSource: 'service-controller',
    workers: 1,
    inputs: [
      input(services, {
        // One that goes may leave its ports to another.
        keys: (service, _change, previous, context) => [keyOf(service), ...(isOurs(service) || (previous && isOurs(previous)) ? every(context) : [])],
      }),
      input(nodes, {
        keys: (node, change, previous, context) => (change === 'update' && isDeepStrictEqual(placeOf(node), placeOf(previous!)) ? [] : every(context)),
      }),
      input(endpointSlices, {
        keys: ({ metadata }, _change, _previous, { cache }) => {
          const service = cache(services).get(metadata.namespace, metadata.labels?.[serviceNameLabel] ?? '')
          return service && isOurs(service) && isLocal(service) ? [keyOf(service)] : []
        },
      }),
    ],
    outputs: [output(services, 'status')],
    async reconcile(key, context) {
      const service = context.cache(services).byKey(key)
      if (!service || service.metadata.deletionTimestamp) return undefined
      if (!isOurs(service)) {
        // What it had as another type; another class' status is another's.
        if (service.spec.type !== 'LoadBalancer' && service.status?.loadBalancer?.ingress?.length) await publish(service, [], context)
        return undefined
      }
      const conflict = conflictOf(service, settings, context)
      if (conflict !== undefined) context.events.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: ${conflict}`)
      await publish(service, conflict === undefined ? addressesFor(service, context) : [], context)
      return undefined
    },
  }
}

function isOurs(service: Service): boolean {
  return wantsLoadBalancer(service, loadBalancerClass) && !service.metadata.deletionTimestamp
}

function isLocal({ spec }: Service): boolean {
  return spec.externalTrafficPolicy === 'Local'
}

function every({ cache }: ControllerContext): string[] {
  return cache(services).list().filter(isOurs).map(keyOf)
}

/** What of a node matters here: nothing while it is not ready. */
function placeOf(node: Node): readonly string[] {
  const { metadata, status } = node
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
  if (!ready || metadata.deletionTimestamp || !isIncluded(node)) return []
  const of = (wanted: string) => (status?.addresses ?? []).filter(({ type }) => type === wanted).map(({ address }) => address)
  const external = of('ExternalIP')
  return external.length > 0 ? external : of('InternalIP')
}

/** Of the Service's families; of policy Local those of nodes with an endpoint. */
function addressesFor(service: Service, { cache }: ControllerContext): string[] {
  const { loadBalancerIP, ipFamilies = [] } = service.spec
  const slices = () =>
    cache(endpointSlices)
      .list(service.metadata.namespace)
      .filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === service.metadata.name)
  const serving = isLocal(service) ? nodesWithEndpoints(slices()) : undefined
  const addresses = cache(nodes)
    .list()
    .filter(({ metadata }) => serving?.has(metadata.name) ?? true)
    .flatMap(placeOf)
    .filter((address) => ipFamilies.length === 0 || ipFamilies.includes(address.includes(':') ? 'IPv6' : 'IPv4'))
    .sort()
  return loadBalancerIP ? addresses.filter((each) => each === loadBalancerIP) : addresses
}

/** Why the Service cannot have its ports on the nodes. Of two that want the same, the elder has it. */
function conflictOf(service: Service, { takenPorts }: NodeLoadBalancerSettings, { cache }: ControllerContext): string | undefined {
  const owners = new Map(takenPorts)
  const byAge = cache(services).list().filter(isOurs).sort(elderFirst)
  for (const each of byAge) {
    const wanted = (each.spec.ports ?? []).map(portKey)
    const taken = wanted.find((port) => owners.has(port))
    if (each.metadata.uid === service.metadata.uid && keyOf(each) === keyOf(service))
      return taken === undefined ? undefined : `port ${taken.split(' ').reverse().join('/')} of the nodes is in use by ${owners.get(taken)}`
    if (taken === undefined) for (const port of wanted) owners.set(port, `Service ${keyOf(each)}`)
  }
  return undefined
}

function elderFirst(a: Service, b: Service): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || (keyOf(a) < keyOf(b) ? -1 : 1)
}

function portKey({ protocol = 'TCP', port }: ServicePort): string {
  return `${protocol} ${port}`
}

async function publish(service: Service, addresses: readonly string[], { client, events }: ControllerContext): Promise<void> {
  const before = (service.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  if (isDeepStrictEqual(before, addresses)) return
  const loadBalancer = addresses.length > 0 ? { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP' })) } : null
  const patch = { metadata: { uid: service.metadata.uid }, status: { loadBalancer } }
  try {
    await client.patch(services, splitKey(keyOf(service)), patch, { type: 'merge', subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return
  }
  if (addresses.length > 0) events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
}
