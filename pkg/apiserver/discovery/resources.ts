/** What each served kind and its subresources say of themselves in discovery. */
import { storageVersionHash } from '#apimachinery/storage-version-hash.ts'
import type { APIResource } from '#apimachinery/gen/meta-v1.ts'
import type { ResourceDefinition } from '#api/types.ts'

const defaultVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const doorVerbs = ['get', 'patch', 'update']
const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update']

export interface SubresourceFacts {
  readonly name: string
  /** The kind its requests and answers have. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

/** Subresources that are served by their own code, by group and plural. */
const special: Readonly<Record<string, readonly Omit<SubresourceFacts, 'version'>[]>> = {
  '/pods': [
    { name: 'attach', group: '', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', group: '', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', group: 'policy', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', group: '', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', group: '', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', group: '', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', group: '', kind: 'PodProxyOptions', verbs: proxyVerbs },
  ],
  '/nodes': [{ name: 'proxy', group: '', kind: 'NodeProxyOptions', verbs: proxyVerbs }],
  '/services': [{ name: 'proxy', group: '', kind: 'ServiceProxyOptions', verbs: proxyVerbs }],
  '/serviceaccounts': [{ name: 'token', group: 'authentication.k8s.io', kind: 'TokenRequest', verbs: ['create'] }],
}
const verbsOfDoor: Readonly<Record<string, readonly string[]>> = { finalize: ['update'] }

export function verbsOf(definition: ResourceDefinition): readonly string[] {
  const verbs = definition.verbs ?? defaultVerbs
  return definition.custom ? verbs : [...verbs].sort()
}

export function subresourcesOf(definition: ResourceDefinition): SubresourceFacts[] {
  const { group, version, kind } = definition
  const own = { group, version, kind }
  const doors = Object.keys(definition.subresources ?? {}).map((name) => ({ ...own, name, verbs: verbsOfDoor[name] ?? doorVerbs }))
  const found: SubresourceFacts[] = [
    ...doors,
    ...(special[`${group}/${definition.plural}`] ?? []).map((each) => ({ ...each, version: 'v1' })),
    ...(definition.status ? [{ ...own, name: 'status', verbs: doorVerbs }] : []),
    ...(definition.scale ? [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: doorVerbs }] : []),
  ]
  // Custom resources have no other than these two, and upstream tells them in this order.
  return definition.custom ? found : found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Rows of an APIResourceList. */
export function apiResources(definitions: readonly ResourceDefinition[]): APIResource[] {
  return definitions
    .toSorted((a, b) => (a.plural < b.plural ? -1 : 1))
    .flatMap((definition) => {
      const { plural, singular, namespaced, kind, shortNames, categories, group, version } = definition
      const main = {
        name: plural,
        singularName: singular,
        namespaced,
        kind,
        verbs: [...verbsOf(definition)],
        ...(shortNames?.length ? { shortNames: [...shortNames] } : {}),
        ...(categories?.length ? { categories: [...categories] } : {}),
        ...storedAs(definition),
      }
      const subresources = subresourcesOf(definition).map((each) => ({
        name: `${plural}/${each.name}`,
        singularName: '',
        namespaced,
        ...(each.group !== group || each.version !== version ? { group: each.group, version: each.version } : {}),
        kind: each.kind,
        verbs: [...each.verbs],
      }))
      return [main, ...subresources]
    }) as APIResource[]
}

/** Kinds that 1.36 keeps in an older version than it serves. What is told is which form is kept, and ours has one for both. */
const olderStored: Readonly<Record<string, string>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': 'v1beta1',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': 'v1beta1',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': 'v1beta1',
}

/** Kinds that are not stored have none. */
function storedAs({ virtual, group, version, kind, storage }: ResourceDefinition): { storageVersionHash?: string } {
  if (virtual) return {}
  return { storageVersionHash: storageVersionHash({ ...(storage ?? { group, version: olderStored[`${group}/${kind}`] ?? version }), kind }) }
}
