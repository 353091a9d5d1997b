/** Groups and their versions, in the order clients should prefer them. */
import type { ResourceDefinition } from '#api/types.ts'

export interface ServedGroup {
  readonly name: string
  /** Preferred first. */
  readonly versions: readonly { readonly version: string; readonly definitions: readonly ResourceDefinition[] }[]
}

export function groupsOf(definitions: readonly ResourceDefinition[]): ServedGroup[] {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>()
  for (const definition of definitions) {
    const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>()
    groups.set(definition.group, versions)
    versions.set(definition.version, [...(versions.get(definition.version) ?? []), definition])
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions].sort(([a], [b]) => compareVersions(b, a)).map(([version, each]) => ({ version, definitions: each })),
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
