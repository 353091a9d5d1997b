/** What the host routes already: its uplinks, and routes that ours would collide with. */
import type { ClusterConfig } from '#cluster/types.ts'
import { isIpv4, parseRange, rangeContains } from '../ipv4.ts'
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
  const routes = JSON.parse((await mustRun(['ip', '-j', '-4', 'route', 'show'])) || '[]') as Route[]
  const ours = hostLinkName(config.name)
  const uplinks = new Set<string>()
  const warnings: string[] = []
  for (const route of routes) {
    if (route.dst === 'default') {
      if (route.dev) uplinks.add(route.dev)
      continue
    }
    if (route.dev === ours || route.metric === guardMetric || !isIpv4(route.dst.split('/')[0] ?? '')) continue
    const theirs = parseRange(route.dst)
    for (const range of [config.serviceCidr, config.podCidr, config.underlayCidr]) {
      const mine = parseRange(range)
      const through = route.dev ?? route.type ?? 'elsewhere'
      if (rangeContains(mine, theirs))
        throw new Error(
          `the range ${range} of cluster ${config.name} is in use on this machine: ${route.dst} goes through ${through}; choose other ranges or delete that cluster or link first`,
        )
      if (rangeContains(theirs, mine)) warnings.push(`${range} now goes to cluster ${config.name}; the rest of ${route.dst} still goes through ${through}`)
    }
  }
  return { uplinks: [...uplinks], warnings }
}
