/** Manifests as objects of the cluster: which resource each is, and in which namespace (Helm's KubeClient.Build). */
import { parseYamlDocuments } from '#apimachinery/codec/yaml-text.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import type { Catalog } from '#kubectl/catalog/types.ts'
import type { Cluster } from './connect.ts'

export interface ClusterObject {
  readonly resource: ResourceRef
  /** Empty for what is in no namespace. */
  readonly namespace: string
  readonly name: string
  readonly object: any
}

/** Throws, in the words of Go's builder, what is no object or of no known kind; several are told together. */
export async function buildObjects(cluster: Cluster, manifest: string, namespace: string): Promise<ClusterObject[]> {
  const documents: any[] = parseYamlDocuments(manifest, 'yaml-1.1').flatMap(flatten)
  let catalog = await cluster.catalog()
  if (documents.some((each) => typeof each.kind === 'string' && !catalog.byKind(each.apiVersion, each.kind))) catalog = await cluster.catalog({ fresh: true })
  const failures: string[] = []
  const built: ClusterObject[] = []
  for (const object of documents) {
    try {
      built.push(placed(object, catalog, namespace))
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  if (failures.length > 0) throw new Error(failures.length === 1 ? failures[0] : `[${[...new Set(failures)].join(', ')}]`)
  return built
}

function flatten(document: any): any[] {
  if (document === null || document === undefined) return []
  const isList = typeof document === 'object' && typeof document.kind === 'string' && document.kind.endsWith('List') && Array.isArray(document.items)
  return isList ? document.items.flatMap(flatten) : [document]
}

function placed(object: any, catalog: Catalog, namespace: string): ClusterObject {
  const invalid = (why: string): Error => new Error(`error validating "": error validating data: ${why}`)
  if (typeof object !== 'object' || Array.isArray(object)) throw invalid('invalid object to validate')
  const missing = ['apiVersion', 'kind'].filter((field) => typeof object[field] !== 'string' || object[field] === '')
  if (missing.length === 2) throw invalid('[apiVersion not set, kind not set]')
  if (missing.length === 1) throw invalid(`${missing[0]} not set`)
  const { apiVersion, kind, metadata = {} } = object
  const found = catalog.byKind(apiVersion, kind)
  if (!found) {
    throw new Error(
      `resource mapping not found for name: ${JSON.stringify(metadata?.name ?? '')} namespace: ${JSON.stringify(metadata?.namespace ?? '')} from "": no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    )
  }
  const { group, version, plural, namespaced } = found
  const own = typeof metadata?.namespace === 'string' ? metadata.namespace : ''
  const place = namespaced ? own || namespace : ''
  return {
    resource: { group, version, plural, kind, namespaced },
    namespace: place,
    name: metadata?.name ?? '',
    object: { ...object, metadata: { ...metadata, ...(namespaced ? { namespace: place } : {}) } },
  }
}

export const sameObject = (a: ClusterObject, b: ClusterObject): boolean =>
  a.resource.kind === b.resource.kind && a.resource.group === b.resource.group && a.namespace === b.namespace && a.name === b.name

/** "apps/v1, Kind=Deployment". */
export const kindText = ({ resource: { group, version, kind } }: ClusterObject): string => `${group}/${version}, Kind=${kind}`

export const describeObject = ({ resource, name, namespace }: ClusterObject): string =>
  `${resource.kind} ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`
