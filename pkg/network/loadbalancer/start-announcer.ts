/** Announces load balancers' addresses on one node. Runs inside the node's network namespace, as root. */
import { keyOf } from '#apimachinery/object.ts'
import { endpointSlices, nodes, services } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { ipFamily, ipRangeContains, parseIpRange } from '../ip.ts'
import { type RunCommand, runCommand } from '../run-command.ts'
import { createSerialSync } from '../serial-sync.ts'
import { isForProxy, SliceIndex } from '../slice-index.ts'
import { chooseAnnouncer } from './choose-announcer.ts'
import { type Announce, announceByDatagram, ownAddresses } from './own-addresses.ts'

export interface AnnouncerOptions {
  readonly client: Client
  readonly informers?: InformerFactory
  readonly nodeName: string
  /** Only addresses of these ranges are ours to announce: one of each family, with the host's address on the underlay. */
  readonly families: readonly { readonly range: string; readonly gateway: string }[]
  readonly log: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly run?: RunCommand
  readonly announce?: Announce
}

export interface Announcer {
  settled(): Promise<void>
  /** The addresses that this node announces. */
  readonly addresses: ReadonlySet<string>
}

const retryMs = 2_000

/** Resolves when the node has the addresses that it should by what is known at the start. */
export async function startAnnouncer(options: AnnouncerOptions): Promise<Announcer> {
  const { client, nodeName, families, log, signal, clock = systemClock, run = runCommand, announce = announceByDatagram } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const ranges = families.map(({ range }) => parseIpRange(range))
  const own = ownAddresses(run, announce, families)
  const serviceInformer = informers.informer(services)
  const nodeInformer = informers.informer(nodes)
  let have: Set<string> = new Set()
  const sync = createSerialSync({
    run: announceWanted,
    failed: (error) => log.error('cannot announce load balancer addresses; trying again', { error }),
    clock,
    signal,
    retryBaseMs: retryMs,
    retryLimitMs: retryMs,
  })
  const { touch } = sync
  const changed = (key: string) => {
    if (serviceInformer.byKey(key)?.spec.externalTrafficPolicy === 'Local') touch()
  }
  const slices = new SliceIndex(informers.informer(endpointSlices), changed, isForProxy)
  serviceInformer.addHandler({ onAdd: touch, onUpdate: touch, onDelete: touch })
  nodeInformer.addHandler({ onAdd: touch, onUpdate: touch, onDelete: touch })

  const isOurs = (ip: string): boolean => ipFamily(ip) !== undefined && ranges.some((range) => ipRangeContains(range, parseIpRange(ip)))

  function wanted(): Set<string> {
    const addresses = new Set<string>()
    const all = nodeInformer.list()
    for (const service of serviceInformer.list()) {
      if (service.spec.type !== 'LoadBalancer') continue
      const ips = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip && isOurs(ip) ? [ip] : []))
      if (ips.length > 0 && chooseAnnouncer(service, all, slices.of(keyOf(service))) === nodeName) for (const ip of ips) addresses.add(ip)
    }
    return addresses
  }

  async function announceWanted(attempt: number): Promise<void> {
    if (attempt > 0) have = await own.list().catch(() => have)
    const want = wanted()
    const gone = [...have].filter((each) => !want.has(each))
    const come = [...want].filter((each) => !have.has(each))
    if (gone.length > 0) await own.remove(gone)
    if (come.length > 0) await own.add(come)
    have = want
    if (gone.length + come.length > 0) log.info('load balancer addresses', { announced: [...want].join(' ') || 'none' })
  }

  await informers.start(signal)
  have = await own.list()
  await sync.start()
  return {
    settled: sync.settled,
    get addresses() {
      return have
    },
  }
}
