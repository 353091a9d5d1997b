/** Which kinds each type is known as: the x-kubernetes-group-version-kind of models. */
import { parseApiVersion } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { scheme } from '#api/scheme.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { Json } from './types.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** Meta types that are a kind in every group version. */
const everywhere = ['DeleteOptions', 'WatchEvent']
/** Those that are one in the core group. */
const ofCore = ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status']

/** The group versions that 1.36 knows of, whether it serves them or not: version 2 names them all. */
const known: Readonly<Record<string, string>> = {
  '': 'v1',
  'admission.k8s.io': 'v1 v1beta1',
  'admissionregistration.k8s.io': 'v1 v1alpha1 v1beta1',
  'apiextensions.k8s.io': 'v1 v1beta1',
  'apiregistration.k8s.io': 'v1 v1beta1',
  apps: 'v1 v1beta1 v1beta2',
  'authentication.k8s.io': 'v1 v1alpha1 v1beta1',
  'authorization.k8s.io': 'v1 v1beta1',
  autoscaling: 'v1 v2',
  batch: 'v1 v1beta1',
  'certificates.k8s.io': 'v1 v1alpha1 v1beta1',
  'coordination.k8s.io': 'v1 v1alpha2 v1beta1',
  'discovery.k8s.io': 'v1 v1beta1',
  'events.k8s.io': 'v1 v1beta1',
  extensions: 'v1beta1',
  'flowcontrol.apiserver.k8s.io': 'v1 v1beta1 v1beta2 v1beta3',
  'imagepolicy.k8s.io': 'v1alpha1',
  'internal.apiserver.k8s.io': 'v1alpha1',
  'networking.k8s.io': 'v1 v1beta1',
  'node.k8s.io': 'v1 v1alpha1 v1beta1',
  policy: 'v1 v1beta1',
  'rbac.authorization.k8s.io': 'v1 v1alpha1 v1beta1',
  'resource.k8s.io': 'v1 v1alpha3 v1beta1 v1beta2',
  'scheduling.k8s.io': 'v1 v1alpha2 v1beta1',
  'storage.k8s.io': 'v1 v1alpha1 v1beta1',
  'storagemigration.k8s.io': 'v1beta1',
}

/** Groups that the server of custom resources does not know of. */
const notOfCustom = /^(admission|apiextensions|apiregistration|imagepolicy)\.k8s\.io\//

/** Of version 2, of version 3's documents of custom resources, or of one group version alone, or of none ("") above them. */
export function kindsByType(apiVersions: readonly string[], of: 'v2' | 'custom' | { readonly only: string }): Map<string, Json[]> {
  const kinds = new Map<string, Json[]>()
  for (const apiVersion of apiVersions) {
    const { group, version } = parseApiVersion(apiVersion)
    for (const [kind, { name }] of scheme.kinds(apiVersion)) if (!name.startsWith(META)) add(kinds, name, { group, kind, version })
  }
  const all = Object.entries(known).flatMap(([group, versions]) => versions.split(' ').map((version) => (group === '' ? version : `${group}/${version}`)))
  const here =
    of === 'v2'
      ? [...new Set([...all, ...apiVersions])].sort(byGroup)
      : of === 'custom'
        ? all.filter((apiVersion) => !notOfCustom.test(apiVersion))
        : [...new Set(['v1', ...(of.only === '' ? [] : [of.only])])]
  for (const apiVersion of here) for (const kind of everywhere) add(kinds, `${META}.${kind}`, { ...parseApiVersion(apiVersion), kind })
  for (const kind of ofCore) add(kinds, `${META}.${kind}`, { group: '', kind, version: 'v1' })
  return kinds
}

function byGroup(a: string, b: string): number {
  const key = (apiVersion: string): string => Object.values(parseApiVersion(apiVersion)).join(' ')
  return key(a) < key(b) ? -1 : 1
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
