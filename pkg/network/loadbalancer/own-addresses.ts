/**
 * The load balancer addresses that this node has, on its link to the underlay: from `lo` the kernel would answer for them, but not announce them.
 * A label on them tells them from others', so that what an earlier agent left is found; IPv6 addresses have no labels, but their range.
 */
import { createSocket } from 'node:dgram'
import { alone, ipRangeContains, parseIpRange, rangeFamily } from '../ip.ts'
import { ipBatch, may } from '../underlay/ip-batch.ts'
import { mustRun, type RunCommand } from '../run-command.ts'

const label = 'eth0:lb'

export interface OwnAddresses {
  /** What is there, by whichever agent. */
  list(): Promise<Set<string>>
  add(addresses: readonly string[]): Promise<void>
  remove(addresses: readonly string[]): Promise<void>
}

/** Tells the machine behind `gateway` at once who has `address` now. */
export type Announce = (address: string, gateway: string) => Promise<void>

interface Family {
  readonly range: string
  readonly gateway: string
}

export function ownAddresses(run: RunCommand, announce: Announce, families: readonly Family[]): OwnAddresses {
  const ipv6 = families.map(({ range }) => parseIpRange(range)).filter(({ family }) => family === 6)
  const isOurs = (address: string) => ipv6.some((range) => ipRangeContains(range, parseIpRange(address)))
  return {
    async list() {
      const links = JSON.parse((await mustRun(['ip', '-j', 'addr', 'show', 'dev', 'eth0'], undefined, run)) || '[]') as {
        addr_info?: { local?: string; label?: string }[]
      }[]
      const all = links.flatMap((each) => each.addr_info ?? [])
      return new Set(all.flatMap((each) => (each.local && (each.label === label || isOurs(each.local)) ? [each.local] : [])))
    },
    async add(addresses) {
      await ipBatch(
        addresses.map((address) => may(`addr add ${alone(address)} dev eth0 ${rangeFamily(address) === 4 ? `label ${label}` : 'nodad'}`)),
        undefined,
        run,
      )
      for (const address of addresses) {
        const gateway = families.find(({ range }) => rangeFamily(range) === rangeFamily(address))?.gateway
        if (!gateway) continue
        // Without an entry for the gateway the kernel asks for it, and says in the question who has the address.
        await run(['ip', 'neigh', 'del', gateway, 'dev', 'eth0'])
        await announce(address, gateway)
      }
    },
    async remove(addresses) {
      await ipBatch(
        addresses.map((address) => may(`addr del ${alone(address)} dev eth0`)),
        undefined,
        run,
      )
    },
  }
}

const discardPort = 9

/** Sends one empty datagram from the address. */
export const announceByDatagram: Announce = (address, gateway) =>
  new Promise((resolve) => {
    const socket = createSocket(rangeFamily(address) === 4 ? 'udp4' : 'udp6')
    // A lost announcement only means that the other side finds out a little later.
    const end = () => {
      try {
        socket.close(() => resolve())
      } catch {
        resolve()
      }
    }
    socket.once('error', end)
    socket.bind({ address, port: 0 }, () => socket.send('', discardPort, gateway, end))
  })
