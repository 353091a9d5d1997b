/** Groups and their versions, in the order clients should prefer them. */
import type { ResourceDefinition } from '#api/types.ts'
import { type Priority, priorityOf } from '../aggregator/priorities.ts'
import type { DiscoveredResource } from '../aggregator/discovery.ts'
import type { OpenApiV2Extension, OpenApiV3Document } from '../openapi/index.ts'
import type { Handler } from '../types.ts'

export interface RemoteVersion {
  readonly group: string
  readonly version: string
  readonly priority: Priority
  readonly resources: readonly DiscoveredResource[]
  readonly freshness: 'Current' | 'Stale'
}

/** What other servers serve through this one (`aggregator/`). */
export interface Aggregated {
  /** Rises with every change. */
  readonly generation: number
  readonly size: number
  /** By "group/version": what answers all requests for it. */
  handlerOf(groupVersion: string): Handler | undefined
  versions(): readonly RemoteVersion[]
  openApiV2(): Promise<readonly OpenApiV2Extension[]>
  openApiV3(): Promise<readonly OpenApiV3Document[]>
}

export interface ServedVersion {
  readonly version: string
  readonly priority: number
  readonly definitions: readonly ResourceDefinition[]
  /** Present: another server's, which stands in place of any definitions. */
  readonly remote?: RemoteVersion
}

export interface ServedGroup {
  readonly name: string
  /** Preferred first. */
  readonly versions: readonly ServedVersion[]
}

export function groupsOf(definitions: readonly ResourceDefinition[], remotes: readonly RemoteVersion[] = []): ServedGroup[] {
  const groups = new Map<string, { priority: number; versions: Map<string, { priority: number; definitions: ResourceDefinition[]; remote?: RemoteVersion }> }>()
  const versionOf = (group: string, version: string, priority: Priority) => {
    const found = groups.get(group) ?? { priority: priority.group, versions: new Map() }
    groups.set(group, found)
    found.priority = Math.max(found.priority, priority.group)
    const served = found.versions.get(version) ?? { priority: priority.version, definitions: [] }
    found.versions.set(version, served)
    return served
  }
  for (const definition of definitions) versionOf(definition.group, definition.version, priorityOf(definition)).definitions.push(definition)
  for (const remote of remotes) {
    const served = versionOf(remote.group, remote.version, remote.priority)
    served.priority = remote.priority.version
    served.definitions = []
    served.remote = remote
  }
  return [...groups]
    .sort(([a, { priority: left }], [b, { priority: right }]) => (left === right ? (a < b ? -1 : 1) : right - left))
    .map(([name, { versions }]) => ({
      name,
      versions: [...versions]
        .map(([version, each]) => ({ version, ...each }))
        .sort((a, b) => (a.priority === b.priority ? compareVersions(b.version, a.version) : b.priority - a.priority)),
    }))
}

/** Stable above beta above alpha, then the higher number (apimachinery's version.CompareKubeAwareVersionStrings). */
export function compareVersions(a: string, b: string): number {
  const left = rank(a)
  const right = rank(b)
  if (!left || !right) return left ? 1 : right ? -1 : a < b ? 1 : -1
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return left[at]! - right[at]!
  return 0
}

function rank(version: string): [number, number, number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (!match) return undefined
  return [match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2, Number(match[1]), Number(match[3] ?? 0)]
}
