/**
 * Addresses of hosts that authors of Ingresses and Services name: by cluster DNS, as a pod would see them. Never the node's own
 * addresses or those of its link: the proxy stands in the node's network, where kubelet and others listen for the node alone.
 */
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { parseIpSloppy } from '#apimachinery/ip.ts'
import type { Clock } from '#base/clock.ts'
import { isInRanges, parseSourceRanges } from '../routes/source-ranges.ts'

const local = parseSourceRanges('0.0.0.0/8,127.0.0.0/8,169.254.0.0/16,::/64,fe80::/10')
const keptMs = 5_000
const limit = 1024

export interface HostResolverOptions {
  readonly clock: Clock
  /** Cluster DNS; the machine's own resolvers unless given. */
  readonly dnsAddress?: string
  readonly ownAddresses: readonly string[]
}

/** Rejects for hosts without an address, and for addresses that are the node's. */
export function createHostResolver({ clock, dnsAddress, ownAddresses }: HostResolverOptions): (host: string) => Promise<string> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (dnsAddress) resolver.setServers([dnsAddress])
  const known = new Map<string, { address: string; until: number }>()
  const check = (host: string, address: string): string => {
    const plain = parseIpSloppy(address)
    if (!plain || isInRanges(plain, local) || ownAddresses.includes(plain)) throw new Error(`${host} is at ${address}, where Ingresses may not go`)
    return address
  }
  return async (host) => {
    if (isIP(host)) return check(host, host)
    const found = known.get(host)
    if (found && found.until > clock.now()) return found.address
    const [address] = await resolver.resolve4(host).catch((error) => resolver.resolve6(host).catch(() => Promise.reject(error)))
    if (!address) throw new Error(`${host} has no address`)
    check(host, address)
    if (known.size >= limit) known.clear()
    known.set(host, { address, until: clock.now() + keptMs })
    return address
  }
}
