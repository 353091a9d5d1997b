/** A machine that is a node itself: the switches and the one table it needs, and how all of it goes again. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterConfig } from '#cluster/types.ts'
import { routeProtocol, vxlanDevice } from '../overlay/plan.ts'
import { mustRun } from '../run-command.ts'
import { nodeTable } from './ensure-node-namespace.ts'
import { ipBatch, may } from './ip-batch.ts'

const switches = ['net/ipv4/ip_forward'] as const
const tables = [nodeTable, 'k8ts-proxy', 'k8ts-policy'] as const

/** Lets the machine forward packets. What was before is kept in the data directory, for `removeMachine`. */
export function ensureMachine({ dataDir }: Pick<ClusterConfig, 'dataDir'>): void {
  const kept = keptPath(dataDir)
  if (!existsSync(kept)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(kept, JSON.stringify(Object.fromEntries(switches.map((each) => [each, readFileSync(`/proc/sys/${each}`, 'utf8').trim()]))))
  }
  for (const each of switches) if (readFileSync(`/proc/sys/${each}`, 'utf8').trim() !== '1') writeFileSync(`/proc/sys/${each}`, '1')
}

export interface MachineRules {
  readonly podCidr: string
  readonly serviceCidr: string
  readonly nodePodCidr: string
  readonly overlayDevice: string
}

/**
 * Pods leave the cluster under the machine's address. What is still meant for a Service after the Service rules have had it
 * belongs to none, and must not leave by the default route. Pods of this node that do not exist are nobody else's either.
 */
export function machineRules({ podCidr, serviceCidr, nodePodCidr, overlayDevice }: MachineRules): string {
  return `table ip ${nodeTable} {
}
delete table ip ${nodeTable}
table ip ${nodeTable} {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${nodePodCidr} oifname != "${overlayDevice}" ip daddr != { ${podCidr}, ${serviceCidr} } masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip daddr ${serviceCidr} drop
  }
  chain output {
    type filter hook output priority 0; policy accept;
    oifname != "lo" ip daddr ${serviceCidr} reject
  }
}
`
}

/** Takes away what a cluster made of this machine's own network: links, routes, rules, its DNS address, switches. Safe to repeat. */
export async function removeMachine({ dataDir, dnsAddress }: Pick<ClusterConfig, 'dataDir' | 'dnsAddress'>): Promise<void> {
  await ipBatch([may(`route flush proto ${routeProtocol}`), may(`link del ${vxlanDevice}`), may(`addr del ${dnsAddress}/32 dev lo`)])
  await mustRun(['nft', '-f', '-'], tables.map((table) => `table ip ${table} {\n}\ndelete table ip ${table}\n`).join(''))
  const kept = keptPath(dataDir)
  if (!existsSync(kept)) return
  for (const [path, value] of Object.entries(JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string>)) writeFileSync(`/proc/sys/${path}`, value)
  rmSync(kept)
}

const keptPath = (dataDir: string): string => join(dataDir, 'machine-switches.json')
