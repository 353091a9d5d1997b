/** `--ip-family`: which families a cluster's addresses are of, and whether this kernel has them. */
import { existsSync } from 'node:fs'
import { type ClusterIpFamily, ipFamilies } from './config.ts'
import { UsageError } from './usage-error.ts'

export function familyOption(options: Readonly<Record<string, string | boolean | undefined>>): ClusterIpFamily | undefined {
  const wanted = options['ip-family']
  if (wanted === undefined) return undefined
  const found = ipFamilies.find((each) => each === wanted)
  if (!found) throw new UsageError(`--ip-family must be ${ipFamilies.slice(0, -1).join(', ')} or ${ipFamilies.at(-1)}, not "${String(wanted)}"`)
  return found
}

const ipv6Switches = '/proc/sys/net/ipv6'

/** Throws a UsageError where the kernel was built, or started (`ipv6.disable=1`), without what the family needs. */
export function requireFamily(family: ClusterIpFamily, switches = ipv6Switches): void {
  if (family === 'ipv4' || existsSync(switches)) return
  throw new UsageError(`this kernel has no IPv6 (${switches} is missing), which --ip-family ${family} needs; use --ip-family ipv4`)
}
