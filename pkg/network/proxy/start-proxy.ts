/** The Service proxy of one node. Runs inside the node's network namespace, as root. */
import { existsSync, writeFileSync } from 'node:fs'
import { keyOf } from '#apimachinery/object.ts'
import type { Node, Service } from '#api/gen/core/v1.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, nodes, pods, serviceCIDRs, services } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { type IpFamily, rangeFamily } from '../ip.ts'
import { isForProxy, SliceIndex, triggeredMs } from '../slice-index.ts'
import { mustRun, type RunCommand, withStandby } from '../run-command.ts'
import { createSerialSync } from '../serial-sync.ts'
import { compile, setOwner } from './compile.ts'
import { ElementStore } from './element-store.ts'
import { addressesOf } from './endpoints.ts'
import { HealthCheckServers } from './health-check.ts'
import { healthListener, isWorking, metricsListener, type ProxyHealth, serve } from './health-server.ts'
import { createMarkIds } from './marks.ts'
import { ProxyMetrics } from './metrics.ts'
import { podElements, podRangeElements } from './pod-elements.ts'
import { serviceRangeElements } from './service-ranges.ts'
import { deleteFlows, staleFlows } from './stale-flows.ts'
import type { CompiledService, MarkIds, NodeView } from './types.ts'

export interface ProxyOptions {
  readonly client: Client
  /** The node's own identity, which may watch its pods (for host ports); `client` unless given. */
  readonly podClient?: Client
  /** Shared caches, when the process has them. */
  readonly informers?: InformerFactory
  readonly nodeName: string
  /** The node's InternalIP; node ports answer here. */
  readonly nodeAddress: string
  /** Further addresses of its family on which node ports answer. */
  readonly otherAddresses?: readonly string[]
  /** All pods' range (not the node's part). */
  readonly podCidr: string
  /** The same in the other family, of a dual-stack node. */
  readonly secondary?: { readonly nodeAddress: string; readonly podCidr: string }
  /** Service addresses that this node itself answers: cluster DNS. */
  readonly ownAddresses?: readonly string[]
  /** Port of /healthz and /livez on every address (upstream: 10256); absent: they and the metrics are not served. */
  readonly healthPort?: number
  /** Port of /metrics on localhost: 10249. */
  readonly metricsPort?: number
  /** What the process says of itself, behind the proxy's own metrics. */
  readonly processMetrics?: () => string
  readonly log: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly run?: RunCommand
}

export interface ServiceProxy {
  /** Resolves when all that was known by now is in the kernel. */
  settled(): Promise<void>
  /** When the rules were last known to be right, in milliseconds since the epoch. */
  readonly lastSyncedMs: number
}

/** Changes whose latency is counted at the next write; of more at once some say enough. */
const maxTriggers = 10_000

const noFlows: CompiledService['udp'] = new Map()
const noPorts: CompiledService['withoutLocal'] = { internal: 0, external: 0 }
/** A process of it waits for the next change, which then need not wait for its start. */
const writeCommand = ['nft', '-f', '-']
/** Of the Services' ranges in the element store. */
const rangesOwner = 'service-ranges'
const podRangeOwner = 'pod-range'

/** Resolves when the rules for everything known at the start are in the kernel; rules stay when the signal aborts, as connections do. */
export async function startProxy(options: ProxyOptions): Promise<ServiceProxy> {
  const { client, nodeName, nodeAddress, log, signal, clock = systemClock, run = withStandby(writeCommand, signal) } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const podInformers = createInformerFactory(options.podClient ?? client, { clock, log })
  const first = { nodeAddress, podCidr: options.podCidr, otherAddresses: options.otherAddresses ?? [] }
  const families = [first, ...(options.secondary ? [{ ...options.secondary, otherAddresses: [] }] : [])].map((each) =>
    familyState(each, options.ownAddresses ?? []),
  )
  const ownAddresses = new Set(options.ownAddresses ?? [])

  const serviceInformer = informers.informer(services)
  const podInformer = podInformers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` })
  const nodeInformer = informers.informer(nodes, { fieldSelector: `metadata.name=${nodeName}` })

  const dirty = new Set<string>()
  let staleUdp: string[][] = []
  let whole = true
  let lastSyncedMs = 0
  let waitingSinceMs: number | undefined
  const beganMs = clock.now()
  let triggers: number[] = []
  const metrics = new ProxyMetrics(families.map(({ family }) => family))
  let knownRanges = ''
  let view: Omit<NodeView, 'family' | 'address'> = { name: nodeName, ownAddresses }

  const sync = createSerialSync({
    run: writeRules,
    failed: (error, attempt) => {
      metrics.syncFailures++
      log.error('cannot set the Service rules; trying again with all of them', { error, attempt })
    },
    clock,
    signal,
  })
  const touch = (owner: string) => {
    dirty.add(owner)
    waitingSinceMs ??= clock.now()
    metrics.lastQueuedSeconds = clock.now() / 1000
    sync.touch()
  }
  const own: ProxyHealth = {
    waitingSinceMs: () => waitingSinceMs,
    lastSyncedMs: () => lastSyncedMs,
    nowMs: () => clock.now(),
    node: () => nodeInformer.byKey(nodeName),
    families: families.map(({ family }) => family),
  }
  const health = new HealthCheckServers(log, {
    addresses: families.map(({ address }) => address),
    isProxyHealthy: () => isWorking(own),
  })
  onChange(serviceInformer, (service) => {
    metrics.serviceChanges++
    metrics.servicesPending++
    touch(`service ${keyOf(service)}`)
  })
  const sliceChanged = (service: string, slice?: EndpointSlice): void => {
    metrics.endpointChanges++
    metrics.endpointsPending++
    const triggered = slice && triggeredMs(slice)
    // What was due before this proxy began says nothing about it.
    if (triggered !== undefined && triggered >= beganMs && triggers.length < maxTriggers) triggers.push(triggered)
    touch(`service ${service}`)
  }
  const slices = new SliceIndex(informers.informer(endpointSlices), sliceChanged, isForProxy)
  const rangeInformer = informers.informer(serviceCIDRs)
  onChange(rangeInformer, () => touch(rangesOwner))
  onChange(podInformer, (pod) => touch(`pod ${keyOf(pod)}`))
  onChange(nodeInformer, (node) => {
    const ranges = podRanges(node).join(' ')
    if (ranges !== knownRanges) {
      knownRanges = ranges
      touch(podRangeOwner)
    }
    const zone = node.metadata.labels?.['topology.kubernetes.io/zone']
    if (zone === view.zone) return
    view = { ...view, zone }
    for (const service of serviceInformer.list()) touch(`service ${keyOf(service)}`)
  })

  /** One object that cannot be understood must not keep the others from their rules. */
  function attemptRecompile(owner: string): void {
    try {
      recompile(owner)
    } catch (error) {
      log.error('cannot make rules of this object; its earlier ones stay', { owner, error })
    }
  }

  let sctpChecked = false
  /** The kernel may lack what translates SCTP; then its packets go nowhere, and somebody should know why. */
  function warnOfSctp(service: Service): void {
    if (sctpChecked || !service.spec.ports?.some(({ protocol }) => protocol === 'SCTP')) return
    sctpChecked = true
    if (!existsSync('/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_established'))
      log.warn('this kernel does not track SCTP (CONFIG_NF_CT_PROTO_SCTP): Services with SCTP ports do not answer', { service: keyOf(service) })
  }

  function recompile(owner: string): void {
    const [kind, key = ''] = owner.split(' ')
    if (kind === 'pod') {
      const pod = podInformer.byKey(key)
      for (const { family, store } of families) {
        const elements = pod ? podElements(pod, family) : noElements
        if (family === 4 && [...elements.keys()].some((each) => each.startsWith('host-ports ') || each.startsWith('host-ip-ports 127.')))
          allowLoopbackTranslation(log)
        report(owner, store.replace(owner, elements))
      }
      return
    }
    if (owner === podRangeOwner) {
      const ranges = podRanges(nodeInformer.byKey(nodeName))
      for (const { family, store } of families) {
        const own = ranges.find((each) => rangeFamily(each) === family)
        store.replace(owner, own ? podRangeElements(own) : noElements)
      }
      return
    }
    if (owner === rangesOwner) {
      for (const { family, store } of families) store.replace(owner, serviceRangeElements(rangeInformer.list(), family))
      return
    }
    const service = serviceInformer.byKey(key)
    if (service) warnOfSctp(service)
    const results = families.map((each) => recompileService(owner, key, service, each))
    // Both families count the same pods.
    health.update(key, results.find((each) => each.health)?.health)
  }

  function recompileService(
    owner: string,
    key: string,
    service: Service | undefined,
    { family, address, store, ids, compiled, withoutLocal }: FamilyState,
  ): CompiledService {
    const before = compiled.get(key)
    const sets = service ? (service.spec.ports ?? []).map((port) => setOwner(service, port)) : []
    for (const set of before?.sets ?? []) if (!sets.includes(set)) ids.release(set)
    const result = service ? compile(service, slices.of(key), { ...view, family, address }, ids) : { elements: noElements, udp: noFlows, withoutLocal: noPorts }
    report(owner, store.replace(owner, result.elements))
    staleUdp.push(...staleFlows(before?.udp ?? noFlows, result.udp, family))
    for (const policy of ['internal', 'external'] as const) withoutLocal[policy] += result.withoutLocal[policy] - (before?.withoutLocal[policy] ?? 0)
    if (service) compiled.set(key, { udp: result.udp, sets, withoutLocal: result.withoutLocal })
    else compiled.delete(key)
    return result
  }

  function report(owner: string, refused: readonly string[]): void {
    if (refused.length > 0) log.warn('another Service or pod has this address and port already', { owner, taken: refused.join('; ') })
  }

  async function writeRules(): Promise<void> {
    for (const owner of dirty) attemptRecompile(owner)
    dirty.clear()
    const pending = { services: metrics.servicesPending, endpoints: metrics.endpointsPending }
    const written = triggers
    triggers = []
    const [full, queuedAt, startedMs] = [whole, clock.now(), performance.now()]
    const text = families.map(({ store }) => (whole ? store.takeEverything() : store.takeChanges())).join('')
    // Until it is known to be done, the kernel may hold anything.
    whole = true
    if (text !== '') await mustRun(writeCommand, text, run)
    whole = false
    lastSyncedMs = clock.now()
    // What came while nft ran waits since then at the earliest.
    waitingSinceMs = dirty.size > 0 ? queuedAt : undefined
    const seconds = (performance.now() - startedMs) / 1000
    metrics.lastSyncSeconds = lastSyncedMs / 1000
    metrics.servicesPending -= pending.services
    metrics.endpointsPending -= pending.endpoints
    for (const { family, withoutLocal } of families) metrics.withoutLocal.set(family, { ...withoutLocal })
    for (const each of [metrics.syncSeconds, full ? metrics.fullSyncSeconds : metrics.partialSyncSeconds]) each.observe(seconds)
    for (const triggered of written) metrics.programmingSeconds.observe((lastSyncedMs - triggered) / 1000)
    const flows = staleUdp
    staleUdp = []
    if (flows.length === 0) return
    const reconcileMs = performance.now()
    metrics.deletedFlows += await deleteFlows(flows, log, run)
    metrics.reconcileSeconds.observe((performance.now() - reconcileMs) / 1000)
  }

  await informers.start(signal)
  // Not waited for: Services must not stand still because pods cannot be read.
  podInformers.start(signal).catch((error) => log.warn('host ports are not served: cannot watch pods', { error }))
  for (const service of serviceInformer.list()) dirty.add(`service ${keyOf(service)}`)
  for (const pod of podInformer.list()) dirty.add(`pod ${keyOf(pod)}`)
  dirty.add(rangesOwner).add(podRangeOwner)
  await sync.start()
  const servers =
    options.healthPort === undefined
      ? []
      : [
          serve(healthListener(own, metrics), families.some(({ family }) => family === 6) ? '::' : '0.0.0.0', options.healthPort, (error) =>
            log.warn('the proxy does not tell of its health', { error }),
          ),
          serve(metricsListener(metrics, options.processMetrics), '127.0.0.1', options.metricsPort ?? 10249, (error) =>
            log.warn('the proxy tells no metrics', { error }),
          ),
        ]
  const close = () => {
    health.close()
    for (const server of servers) server.close()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  log.info('Service rules are in place', { services: families[0]!.compiled.size, elements: families.reduce((sum, { store }) => sum + store.size, 0) })
  return {
    settled: sync.settled,
    get lastSyncedMs() {
      return lastSyncedMs
    },
  }
}

const noElements: CompiledService['elements'] = new Map()

function podRanges(node: Node | undefined): readonly string[] {
  return node?.spec.podCIDRs ?? (node?.spec.podCIDR ? [node.spec.podCIDR] : [])
}

/** What there is of each family: its table and what is in it. */
interface FamilyState {
  readonly family: IpFamily
  /** The node's. */
  readonly address: string
  readonly store: ElementStore
  readonly ids: MarkIds
  /** The sum of all Services'. */
  readonly withoutLocal: { internal: number; external: number }
  /** By Service: the UDP flows and the numbers drawn at the last look. */
  readonly compiled: Map<
    string,
    { readonly udp: CompiledService['udp']; readonly sets: readonly string[]; readonly withoutLocal: CompiledService['withoutLocal'] }
  >
}

function familyState(
  { nodeAddress, podCidr, otherAddresses }: Pick<ProxyOptions, 'nodeAddress' | 'podCidr'> & { otherAddresses: readonly string[] },
  ownAddresses: readonly string[],
): FamilyState {
  const family = rangeFamily(podCidr)
  const table = { family, podCidr, nodeAddresses: [nodeAddress, ...otherAddresses], ownAddresses: addressesOf(ownAddresses, family) }
  return { family, address: nodeAddress, store: new ElementStore(table), ids: createMarkIds(), withoutLocal: { internal: 0, external: 0 }, compiled: new Map() }
}

function onChange<T>(
  informer: { addHandler(handler: { onAdd(object: T): void; onUpdate(previous: T, object: T): void; onDelete(object: T): void }): () => void },
  changed: (object: T) => void,
): void {
  informer.addHandler({
    onAdd: changed,
    onUpdate(previous, object) {
      changed(previous)
      changed(object)
    },
    onDelete: changed,
  })
}

let loopbackAllowed = false

/** A host port on 127.0.0.1 needs the kernel to route translated loopback packets; in the node's own namespace that opens nothing. */
function allowLoopbackTranslation(log: Logger): void {
  if (loopbackAllowed) return
  loopbackAllowed = true
  try {
    writeFileSync('/proc/sys/net/ipv4/conf/all/route_localnet', '1')
  } catch (error) {
    log.warn('host ports will not answer on 127.0.0.1', { error })
  }
}
