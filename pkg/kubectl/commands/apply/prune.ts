/** apply --prune: what was applied before, and is in none of the files, goes. */
import type { Catalog, ApiResource } from '../../catalog/types.ts'
import { CommandError } from '../../errors.ts'
import type { Item } from '../../resources/types.ts'
import { listItems } from '../../resources/visit.ts'
import { deleteObject, type DryRun, lastApplied, propagationPolicyOf } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

/** Upstream's list of kinds that are pruned unless --prune-allowlist names others. */
const defaults = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/PersistentVolumeClaim',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'core/v1/Namespace',
  'core/v1/PersistentVolume',
]

/** The kinds of --prune-allowlist; throws for one that the server has not. */
export function allowedKinds(catalog: Catalog, { flags }: Invocation): ApiResource[] {
  return flags.list('prune-allowlist').map((text) => resourceOf(catalog, text))
}

export async function prune(invocation: Invocation, applied: readonly Item[], dryRun: DryRun, print: (object: any, operation: string) => void): Promise<void> {
  const { session, flags } = invocation
  const catalog = await session.catalog()
  let resources = allowedKinds(catalog, invocation)
  if (resources.length === 0) {
    invocation.err(
      'W0000 00:00:00.000000       0 prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.\n',
    )
    resources = defaults.map((text) => resourceOf(catalog, text))
  }
  const kept = new Set(applied.map(({ object }) => object.metadata?.uid))
  const { namespace: own, namespaceGiven } = await session.connection()
  const namespaces = new Set([...(namespaceGiven ? [own] : []), ...applied.flatMap(({ namespace }) => namespace ?? [])])
  const selector = flags.string('selector')
  const pruneOne = async (resource: ApiResource, namespace: string | undefined): Promise<void> => {
    for (const item of await listItems(invocation, resource, namespace, { selector })) {
      if (item.object.metadata?.annotations?.[lastApplied] === undefined || kept.has(item.object.metadata.uid)) continue
      await removePruned(invocation, item, dryRun)
      print(item.object, 'pruned')
    }
  }
  const told = (resource: ApiResource, what: string) => (error: unknown) => {
    throw new CommandError(`error: error pruning ${what} object ${resource.group}/${resource.version}, Kind=${resource.kind}: ${(error as Error).message}`)
  }
  for (const namespace of namespaces)
    for (const resource of resources) if (resource.namespaced) await pruneOne(resource, namespace).catch(told(resource, 'namespaced'))
  for (const resource of resources) if (!resource.namespaced) await pruneOne(resource, undefined).catch(told(resource, 'nonNamespaced'))
}

/** Deletes by --cascade and --grace-period; nothing in a dry run of the client. */
export async function removePruned(invocation: Invocation, item: Item, dryRun: DryRun): Promise<void> {
  if (dryRun === 'client') return
  const grace = invocation.flags.int('grace-period')
  const propagationPolicy = propagationPolicyOf(invocation)
  await deleteObject(invocation, item, { propagationPolicy, dryRun, ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}) })
}

function resourceOf(catalog: Catalog, text: string): ApiResource {
  const parts = text.split('/')
  const [group = '', version = '', kind = ''] = parts
  if (parts.length !== 3) throw new CommandError(`error: invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`)
  const apiVersion = group === 'core' || group === '' ? version : `${group}/${version}`
  const found = catalog.byKind(apiVersion, kind)
  if (!found) throw new CommandError(`error: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
  return found
}
