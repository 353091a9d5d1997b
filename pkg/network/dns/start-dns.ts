/** Cluster DNS of one node. Runs inside the node's network namespace. */
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { alone } from '../ip.ts'
import { mustRun } from '../run-command.ts'
import { ForwardCache, ZoneCache } from './answer-cache.ts'
import { ClusterRecords } from './cluster-records.ts'
import { ClusterZone } from './cluster-zone.ts'
import { Forwarder, type Upstream } from './forwarder.ts'
import { listenTcp, listenUdp } from './listeners.ts'
import { DnsMetrics } from './metrics.ts'
import { createMetricsServer } from './metrics-server.ts'
import { machineUpstreams } from './resolv-conf.ts'
import { Resolver } from './resolver.ts'
import { watchCorefile } from './watch-corefile.ts'

export interface DnsOptions {
  readonly client: Client
  /** Shared caches, when the process has them. */
  readonly informers?: InformerFactory
  /** The cluster DNS address; it is put on the node's `lo` unless it is a loopback address. */
  readonly address: string
  /** That of the other family, of a dual-stack cluster. */
  readonly secondaryAddress?: string | undefined
  /** 53. */
  readonly port?: number
  /** "cluster.local". */
  readonly domain: string
  /** Resolvers for all other names; those of /etc/resolv.conf unless given. */
  readonly upstreams?: readonly Upstream[]
  /** How long askers may keep an answer about the cluster. */
  readonly ttlSeconds?: number
  /** Port of /health, /ready and /metrics on the same address: 9153; 0 picks one, null has none. */
  readonly metricsPort?: number | null
  readonly clock?: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

export interface DnsServer {
  readonly port: number
  readonly metrics: DnsMetrics
}

/** Resolves when the records are there and the server answers; closes when the signal aborts. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const { client, address, secondaryAddress, port = 53, domain, ttlSeconds = 5, metricsPort = 9153, clock = systemClock, log, signal } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const addresses = secondaryAddress === undefined ? [address] : [address, secondaryAddress]
  const zoneCache = new ZoneCache()
  const beganMs = clock.now()
  const records = new ClusterRecords(
    informers,
    () => zoneCache.clear(),
    (sinceMs) => sinceMs >= beganMs && metrics.programmed((clock.now() - sinceMs) / 1000),
  )
  const zone = new ClusterZone(records, { domain, addresses, ttlSeconds })
  const notSelf = (each: Upstream) => !addresses.includes(each.address) || each.port !== port
  const upstreams = (options.upstreams ?? machineUpstreams()).filter(notSelf)
  if (upstreams.length === 0) log.warn('no resolver outside the cluster is known: other names cannot be looked up')
  const forwardCache = new ForwardCache(clock)
  const metrics = new DnsMetrics(() => {
    const [ours, others] = [zoneCache.count(), forwardCache.count()]
    return { success: ours.success + others.success, denial: ours.denial + others.denial }
  })
  const forwarder = new Forwarder({ upstreams: new Map([['', upstreams]]), clock, log, metrics })
  const resolver = new Resolver({ zone, zoneCache, forwardCache, forwarder, clock, log, metrics })

  for (const each of addresses)
    if (!isLoopback(each)) await mustRun(['ip', 'addr', 'replace', alone(each), 'dev', 'lo', ...(each.includes(':') ? ['nodad'] : [])])
  const corefile = watchCorefile({
    client,
    clock,
    log,
    signal,
    changed(forwarding) {
      const zones = [...(forwarding?.zones ?? [])].map(([zone, given]): [string, Upstream[]] => [
        zone,
        given.flatMap((each) => (each === 'machine' ? upstreams : [each])).filter(notSelf),
      ])
      forwarder.replaceUpstreams(new Map([['', upstreams], ...zones]))
      forwardCache.clear()
      log.info('resolvers outside the cluster', { zones: zones.map(([zone]) => zone || '.').join(' ') || 'those of the machine' })
    },
  })
  await informers.start(signal)
  await corefile
  const sockets: { close(): unknown }[] = []
  let bound = port
  for (const each of addresses) {
    const tcp = await listenTcp(resolver, each, bound)
    bound = (tcp.address() as AddressInfo).port
    sockets.push(tcp, await listenUdp(resolver, each, bound))
  }
  const metricsServer = metricsPort === null ? undefined : createMetricsServer(metrics)
  metricsServer?.on('error', (error) => log.warn('DNS metrics are not served', { error }))
  metricsServer?.listen(metricsPort ?? 0, address)
  const close = () => {
    for (const socket of sockets) socket.close()
    metricsServer?.close()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  log.info('cluster DNS answers', { address: addresses.join(','), port: bound, domain, upstreams: upstreams.map((each) => each.address).join(',') })
  return { port: bound, metrics }
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
