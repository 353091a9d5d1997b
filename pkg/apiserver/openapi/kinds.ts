/** Which kinds each type is known as: the x-kubernetes-group-version-kind of models. */
import { parseApiVersion } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { scheme } from '#api/scheme.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { Json } from './types.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** Meta types that are a kind in every group version. */
const everywhere = ['DeleteOptions', 'WatchEvent']

export function kindsByType(apiVersions: readonly string[]): Map<string, Json[]> {
  const kinds = new Map<string, Json[]>()
  for (const apiVersion of apiVersions) {
    const { group, version } = parseApiVersion(apiVersion)
    for (const [kind, { name }] of scheme.kinds(apiVersion)) {
      if (name.startsWith(META)) continue
      add(kinds, name, { group, kind, version })
    }
    for (const kind of everywhere) add(kinds, `${META}.${kind}`, { group, kind, version })
  }
  add(kinds, `${META}.Status`, { group: '', kind: 'Status', version: 'v1' })
  return kinds
}

function add(kinds: Map<string, Json[]>, name: string, kind: Json): void {
  const known = kinds.get(name)
  if (known === undefined) kinds.set(name, [kind])
  else known.push(kind)
}

export function listSchemaOf({ group, version, kind, custom }: ResourceDefinition): StructSchema | undefined {
  if (custom) return custom.listSchema
  return scheme.lookup(group === '' ? version : `${group}/${version}`, `${kind}List`)
}
