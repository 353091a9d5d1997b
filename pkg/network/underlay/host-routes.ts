/** What the host routes already: its uplinks, and routes that ours would collide with. */
import { type ClusterConfig, familiesOf } from '#cluster/types.ts'
import { ipFamily, ipRangeContains, parseIpRange, rangeFamily } from '../ip.ts'
import { mustRun } from '../run-command.ts'
import { hostLinkName } from './names.ts'

interface Route {
  readonly dst: string
  readonly dev?: string
  readonly gateway?: string
  readonly type?: string
  readonly metric?: number
}

export interface HostRoutes {
  /** Interfaces that carry a default route. */
  readonly uplinks: readonly string[]
  /** A line for each wider route of which our ranges take a part away. */
  readonly warnings: readonly string[]
}

/** Metric of the guard routes: the worst there is, so that any true route wins. */
export const guardMetric = 4294967295

/** Throws when another's route lies within one of the cluster's ranges: then the two would take each other's traffic. */
export async function inspectHostRoutes(config: ClusterConfig): Promise<HostRoutes> {
  const ranges = familiesOf(config).flatMap(({ serviceCidr, podCidr, underlayCidr }) => [serviceCidr, podCidr, underlayCidr])
  const isWanted = (family: 4 | 6) => ranges.some((range) => rangeFamily(range) === family)
  const [four, six] = await Promise.all([routesOf('-4'), isWanted(6) ? routesOf('-6') : []])
  const ours = hostLinkName(config.name)
  const uplinks = new Set<string>()
  const warnings: string[] = []
  // Only IPv4 goes out, and so only its uplinks matter.
  for (const { dst, dev } of four) if (dst === 'default' && dev) uplinks.add(dev)
  for (const route of [...four, ...six]) {
    if (route.dev === ours || route.metric === guardMetric || ipFamily(route.dst.split('/')[0] ?? '') === undefined) continue
    const theirs = parseIpRange(route.dst)
    for (const range of ranges) {
      const mine = parseIpRange(range)
      const through = route.dev ?? route.type ?? 'elsewhere'
      if (ipRangeContains(mine, theirs))
        throw new Error(
          `the range ${range} of cluster ${config.name} is in use on this machine: ${route.dst} goes through ${through}; choose other ranges or delete that cluster or link first`,
        )
      if (ipRangeContains(theirs, mine)) warnings.push(`${range} now goes to cluster ${config.name}; the rest of ${route.dst} still goes through ${through}`)
    }
  }
  return { uplinks: [...uplinks], warnings }
}

async function routesOf(family: '-4' | '-6'): Promise<readonly Route[]> {
  return JSON.parse((await mustRun(['ip', '-j', family, 'route', 'show'])) || '[]') as Route[]
}
