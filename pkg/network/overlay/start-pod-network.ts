/** The pod network of one machine among several. Runs in the machine's own namespace, as root. */
import { nodes } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { writeCniConfiguration } from '../cni.ts'
import { mustRun, type RunCommand, runCommand } from '../run-command.ts'
import { createSerialSync } from '../serial-sync.ts'
import { guardMetric } from '../underlay/host-routes.ts'
import { ipBatch, may, must } from '../underlay/ip-batch.ts'
import { machineRules } from '../underlay/machine.ts'
import {
  type Entry,
  entriesFor,
  hardwareAddress,
  overlayAddress,
  type Peer,
  peersOf,
  podMtu,
  routeProtocol,
  vxlanDevice,
  vxlanNetwork,
  vxlanPort,
} from './plan.ts'

export interface PodNetworkOptions {
  readonly client: Client
  readonly informers?: InformerFactory
  readonly nodeName: string
  readonly nodeAddress: string
  readonly mode: 'vxlan' | 'routes'
  /** All pods' range, and all Services'. */
  readonly podCidr: string
  readonly serviceCidr: string
  /** Where this node's CNI configuration and allocations go. */
  readonly cni: { readonly confDir: string; readonly dataDir: string }
  readonly log: Logger
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly run?: RunCommand
}

export interface PodNetwork {
  settled(): Promise<void>
}

interface Link {
  readonly name: string
  readonly mtu: number
}

/** Resolves when what is known at the start is in place; routes stay when the signal aborts, as connections do. */
export async function startPodNetwork(options: PodNetworkOptions): Promise<PodNetwork> {
  const { client, nodeName, nodeAddress, mode, log, signal, clock = systemClock, run = runCommand } = options
  const informers = options.informers ?? createInformerFactory(client, { clock, log })
  const informer = informers.informer(nodes)
  let ready: string | undefined
  let have = new Map<string, Entry>()

  const sync = createSerialSync({
    run: bringAbout,
    failed: (error) => log.error('cannot set the routes to the other nodes; trying again', { error }),
    clock,
    signal,
  })
  informer.addHandler({ onAdd: sync.touch, onUpdate: sync.touch, onDelete: sync.touch })

  async function bringAbout(attempt: number): Promise<void> {
    const peers = peersOf(informer.list())
    const own = peers.find((each) => each.name === nodeName)
    if (!own) return
    if (attempt > 0 || ready !== own.podCidr) {
      await prepare(own)
      have = new Map()
    }
    const want = new Map(
      peers
        .filter((each) => each.name !== nodeName && each.address !== nodeAddress)
        .flatMap((peer) => entriesFor(peer, mode).map((entry) => [keyOf(entry), entry] as const)),
    )
    const gone = [...have].filter(([key]) => !want.has(key)).map(([, entry]) => entry)
    const come = [...want].filter(([key]) => !have.has(key)).map(([, entry]) => entry)
    await apply(gone, 'del')
    await apply(come, 'replace')
    have = want
    if (gone.length + come.length > 0) log.info('routes to the pods of the other nodes', { nodes: peers.length - 1, mode })
  }

  /** The device, the rules, and what the container runtime needs; routes of an earlier life go. */
  async function prepare(own: Peer): Promise<void> {
    const link = await linkOf(nodeAddress, run)
    await mustRun(['nft', '-f', '-'], machineRules({ ...options, nodePodCidr: own.podCidr, overlayDevice: vxlanDevice }), run)
    if (mode === 'vxlan') await ensureDevice(own, link)
    await ipBatch(
      // A pod that is not there must not be looked for by the default route.
      [may(`route flush proto ${routeProtocol}`), must(`route replace unreachable ${options.podCidr} metric ${guardMetric} proto ${routeProtocol}`)],
      undefined,
      run,
    )
    writeCniConfiguration({ ...options.cni, podCidrs: [own.podCidr], mtu: podMtu(link.mtu, mode) })
    ready = own.podCidr
  }

  async function ensureDevice(own: Peer, link: Link): Promise<void> {
    const make = `link add ${vxlanDevice} type vxlan id ${vxlanNetwork} dev ${link.name} local ${nodeAddress} dstport ${vxlanPort} nolearning`
    const rest = [
      must(`link set ${vxlanDevice} address ${hardwareAddress(nodeAddress)} mtu ${podMtu(link.mtu, 'vxlan')} up`),
      must(`addr replace ${overlayAddress(own.podCidr)}/32 dev ${vxlanDevice}`),
    ]
    // One of an earlier life may go by another link or address: made anew, since routes are set anew as well.
    await ipBatch([may(`link del ${vxlanDevice}`), must(make), ...rest], undefined, run)
  }

  async function apply(entries: readonly Entry[], verb: 'del' | 'replace'): Promise<void> {
    const line = verb === 'del' ? may : must
    const forwarding = entries.flatMap((each) => (each.kind === 'forwarding' ? [`fdb ${verb} ${each.hardware} dev ${vxlanDevice} dst ${each.address}`] : []))
    if (forwarding.length > 0) {
      const { code, stderr } = await run(['bridge', '-force', '-batch', '-'], `${forwarding.join('\n')}\n`)
      if (code !== 0 && verb === 'replace') throw new Error(`bridge: ${stderr.trim()}`)
    }
    const lines = entries.flatMap((each) => {
      if (each.kind === 'route') return [line(`route ${verb} ${each.destination} ${each.arguments} proto ${routeProtocol}`)]
      if (each.kind === 'neighbour')
        return [line(`neigh ${verb} ${each.address} lladdr ${each.hardware} dev ${vxlanDevice}${verb === 'replace' ? ' nud permanent' : ''}`)]
      return []
    })
    await ipBatch(lines, undefined, run)
  }

  await informers.start(signal)
  await sync.start()
  return { settled: sync.settled }
}

const keyOf = (entry: Entry): string => JSON.stringify(entry)

/** The interface that has the node's address. */
async function linkOf(address: string, run: RunCommand): Promise<Link> {
  const links = JSON.parse(await mustRun(['ip', '-j', 'addr', 'show'], undefined, run)) as { ifname: string; mtu: number; addr_info: { local?: string }[] }[]
  const link = links.find((each) => each.addr_info.some(({ local }) => local === address))
  if (!link) throw new Error(`no interface of this machine has the node's address ${address}`)
  return { name: link.ifname, mtu: link.mtu }
}
