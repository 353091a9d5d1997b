/** The ingress proxy of one node: on the node's address, ports 80 and 443. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Ingress } from '#api/gen/networking/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import { ingressClasses, ingresses, endpointSlices, services } from '#api/gen/resources.ts'
import { type Clock, sleep, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import { createEventRecorder } from '#client/events.ts'
import type { Client } from '#client/types.ts'
import { SliceIndex } from '../slice-index.ts'
import { endpointsOf } from './upstream/backend-endpoints.ts'
import { Certificates } from './tls/certificates.ts'
import { createAccessLog } from './access-log.ts'
import { refusedAnnotations, unknownAnnotations } from './routes/annotation-names.ts'
import { type CompileResult, compile, isOurs } from './routes/compile.ts'
import { IngressMetrics } from './metrics.ts'
import { IngressProxy } from './proxy.ts'
import { createHostResolver } from './upstream/resolve-host.ts'
import { watchConfigMaps, watchSecrets } from './named-watch.ts'
import { type IngressServers, listen } from './servers.ts'
import { createStatusServer } from './status-server.ts'
import type { Backend, Endpoint, IngressState, RouteTable } from './types.ts'

export interface IngressOptions {
  /** May list and watch Services, EndpointSlices, Ingresses and IngressClasses, and the Secrets and ConfigMaps that Ingresses name (ClusterRole k8ts:network). */
  readonly client: Client
  /** Shared caches of that client, when the process has them. */
  readonly informers?: InformerFactory
  readonly nodeName?: string
  readonly addresses: readonly string[]
  /** 80 and 443 unless given. */
  readonly httpPort?: number
  readonly httpsPort?: number
  /** Certificate and key (PEM) for names that have none. */
  readonly fallback: { readonly cert: string; readonly key: string }
  /** Asked for hosts that are named by Ingresses and ExternalName Services; the machine's resolvers unless given. */
  readonly dnsAddress?: string
  /** Instead of that. */
  readonly resolve?: (host: string) => Promise<string>
  /** The file of the access log. Nothing: there is none. */
  readonly accessLog?: string
  /** Port of /healthz and /metrics on the first address: 10254; 0 picks one, null has none. */
  readonly statusPort?: number | null
  readonly log: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
}

export interface RunningIngress {
  readonly httpPort: number
  readonly httpsPort: number
  readonly statusPort: number | undefined
  /** Resolves when the routes and Secrets known by now are in use. */
  settled(): Promise<void>
}

const listenRetryMs = 10_000

/** Resolves when the ports are open and the routes known at the start are in use. */
export async function startIngress(options: IngressOptions): Promise<RunningIngress> {
  const { client, log, signal, clock = systemClock } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const ingressInformer = informers.informer(ingresses)
  const classInformer = informers.informer(ingressClasses)
  const serviceInformer = informers.informer(services)
  const secretWatch = watchSecrets({ client, clock, log })
  const configMapWatch = watchConfigMaps({ client, clock, log })
  const endpointCache = new Map<string, readonly Endpoint[]>()
  const events = createEventRecorder({ client, clock, log, component: 'nginx-ingress-controller', ...(options.nodeName ? { host: options.nodeName } : {}) })
  /** What each Ingress's author has been told, so that it is said once. */
  let told = new Map<string, string>()
  let table: RouteTable = { hosts: new Map(), hostPatterns: [], certificates: new Map(), secrets: new Set(), configMaps: new Set(), looksAtNames: false }
  let refusedCount = 0
  let started = false
  let pending: Promise<void> | undefined

  // Whatever concerns a Service's endpoints drops what was computed of it.
  const forget = (service: string) => {
    for (const key of endpointCache.keys()) if (key.startsWith(`${service}:`)) endpointCache.delete(key)
  }
  const slices = new SliceIndex(informers.informer(endpointSlices), forget)
  serviceInformer.addHandler({
    onAdd: ({ metadata }) => forget(`${metadata.namespace}/${metadata.name}`),
    onUpdate: (_, { metadata }) => forget(`${metadata.namespace}/${metadata.name}`),
    onDelete: ({ metadata }) => forget(`${metadata.namespace}/${metadata.name}`),
  })
  const metrics = new IngressMetrics(options.nodeName ?? '')
  const state: IngressState = {
    resolve:
      options.resolve ?? createHostResolver({ clock, ownAddresses: options.addresses, ...(options.dnsAddress ? { dnsAddress: options.dnsAddress } : {}) }),
    get table() {
      return table
    },
    endpointsOf(backend: Backend) {
      const service = `${backend.namespace}/${backend.service}`
      const key = `${service}:${backend.port}`
      const known = endpointCache.get(key)
      if (known) return known
      const found = endpointsOf(backend, serviceInformer.byKey(service), slices.of(service))
      endpointCache.set(key, found)
      return found
    },
    secret: (key) => secretWatch.get(key),
    configMap: (key) => configMapWatch.get(key),
  }

  async function rebuild(): Promise<void> {
    // The rest of this tick's events come along.
    await Promise.resolve()
    const compiled = compile(ingressInformer.list(), classInformer.list())
    const { table: next, refused } = compiled
    tell(compiled)
    await Promise.all([secretWatch.keep(next.secrets, signal), configMapWatch.keep(next.configMaps, signal)])
    table = next
    refusedCount = refused.size
    metrics.reloaded(clock.now(), false)
    endpointCache.clear()
  }
  /** Authors learn by an event what we do not follow. */
  function tell({ refused, denied, faults }: CompileResult): void {
    const now = new Map<string, string>()
    for (const ingress of ingressInformer.list()) {
      if (!isOurs(ingress, classInformer.list())) continue
      const key = keyOf(ingress)
      const [left, closed] = [refused.get(key), denied.get(key)]
      const reason = left === undefined ? closed && `nobody is let in: ${closed}` : `the Ingress is not served: ${left}`
      const text = reason ?? ignoredText(ingress, faults.get(key) ?? [])
      if (text === undefined) continue
      now.set(key, text)
      if (told.get(key) === text) continue
      log.warn(reason ? 'an Ingress is left out or closed' : 'annotations of an Ingress are ignored', { ingress: key, reason: text })
      events.event(ingress, 'Warning', reason ? 'Rejected' : 'AnnotationIgnored', text)
    }
    told = now
  }
  let again = false
  const touch = () => {
    if (!started) return
    again = true
    pending ??= (async () => {
      while (again && !signal.aborted) {
        again = false
        await rebuild()
      }
    })()
      .catch((error) => {
        metrics.reloaded(clock.now(), true)
        log.error('cannot read the Ingresses; earlier routes stay', { error })
      })
      .finally(() => {
        pending = undefined
      })
  }
  ingressInformer.addHandler({
    onAdd: touch,
    onUpdate: (previous, next) => {
      // Most changes are of the status, and mean nothing here.
      if (meaning(previous) !== meaning(next)) touch()
    },
    onDelete: touch,
  })
  classInformer.addHandler({ onAdd: touch, onUpdate: touch, onDelete: touch })

  await informers.start(signal)
  await rebuild()
  started = true
  touch()
  const accessLog = options.accessLog === undefined ? undefined : createAccessLog(options.accessLog, { clock, log })
  const { addresses, fallback, httpPort = 80, httpsPort = 443, statusPort = 10254 } = options
  const proxy = new IngressProxy({
    ports: { http: httpPort, https: httpsPort },
    state,
    clock,
    log,
    observe(exchange) {
      metrics.observe(exchange)
      accessLog?.record(exchange)
    },
  })
  const certificates = new Certificates({ state, log, fallback })
  let servers: IngressServers
  for (;;) {
    try {
      servers = await listen({ addresses, httpPort, httpsPort, proxy, state, certificates })
      break
    } catch (error) {
      // A pod with the node's network may have the port; it may also leave it.
      if (signal.aborted) throw error
      log.error('cannot listen for ingress; trying again', { error: (error as Error).message })
      await sleep(clock, listenRetryMs, signal)
    }
  }
  const status = createStatusServer({
    metrics: () => metrics.text({ connections: servers.connections(), certificates: certificates.expiries(), refused: refusedCount }),
    healthy: () => started,
  })
  const boundStatusPort = statusPort === null ? undefined : await listenForStatus(status, addresses[0] ?? '127.0.0.1', statusPort, log)
  signal.addEventListener(
    'abort',
    () => {
      servers.close()
      proxy.close()
      status.close()
      void accessLog?.flush()
    },
    { once: true },
  )
  log.info('ingress listens', { addresses: addresses.join(' '), httpPort: servers.httpPort, httpsPort: servers.httpsPort })
  return {
    httpPort: servers.httpPort,
    httpsPort: servers.httpsPort,
    statusPort: boundStatusPort,
    async settled() {
      while (pending) await pending
    },
  }
}

/** The node is of use without it. */
function listenForStatus(server: Server, host: string, port: number, log: Logger): Promise<number | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error) => {
      log.warn('ingress metrics are not served', { error })
      resolve(undefined)
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

/** What of its annotations has no effect, in words for its author. */
function ignoredText(ingress: Ingress, faults: readonly string[]): string | undefined {
  const [snippets, unknown] = [refusedAnnotations(ingress), unknownAnnotations(ingress)]
  const parts = [
    ...(snippets.length > 0 ? [`${snippets.join(', ')}: Snippet directives are disabled by the Ingress administrator`] : []),
    ...(unknown.length > 0 ? [`not supported: ${unknown.join(', ')}`] : []),
    ...faults,
  ]
  return parts.length > 0 ? parts.join('; ') : undefined
}

function meaning({ spec, metadata }: { spec: unknown; metadata: { annotations?: object; deletionTimestamp?: string } }): string {
  return JSON.stringify([spec, metadata.annotations, metadata.deletionTimestamp])
}
