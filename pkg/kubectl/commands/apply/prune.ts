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
  const { namespace: own, namespaceGiven } = await invocation.session.connection()
  const namespaces = new Set([...(namespaceGiven ? [own] : []), ...applied.flatMap(({ namespace }) => namespace ?? [])])
  const kinds = await prunedKinds(invocation, true)
  await eachPrunable(invocation, { kinds, namespaces, kept: applied.map(({ object }) => object) }, async (item) => {
    await removePruned(invocation, item, dryRun)
    print(item.object, 'pruned')
  })
}

/** Those of --prune-allowlist, or upstream's own, of which it warns where a namespace was asked for. */
export async function prunedKinds(invocation: Invocation, namespaceSpecified: boolean): Promise<readonly ApiResource[]> {
  const catalog = await invocation.session.catalog()
  const named = allowedKinds(catalog, invocation)
  if (named.length > 0) return named
  if (namespaceSpecified)
    invocation.err(
      'W0000 00:00:00.000000       0 prune.go:71] Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.\n',
    )
  return defaults.map((text) => resourceOf(catalog, text))
}

export interface Prunable {
  readonly kinds: readonly ApiResource[]
  readonly namespaces: Iterable<string>
  /** Objects of the server that stay. */
  readonly kept: readonly any[]
}

/** What was once applied, is selected by --selector and not kept: namespaced kinds first. A failure says at which kind. */
export async function eachPrunable(invocation: Invocation, { kinds, namespaces, kept }: Prunable, take: (item: Item) => Promise<void> | void): Promise<void> {
  const uids = new Set(kept.map((object) => object.metadata?.uid))
  const selector = invocation.flags.string('selector')
  const takeAll = async (kind: ApiResource, namespace: string | undefined): Promise<void> => {
    try {
      for (const item of await listItems(invocation, kind, namespace, { selector })) {
        const { annotations, uid } = item.object.metadata ?? {}
        if (annotations?.[lastApplied] !== undefined && !uids.has(uid)) await take(item)
      }
    } catch (error) {
      const what = namespace === undefined ? 'nonNamespaced' : 'namespaced'
      throw new CommandError(`error: error pruning ${what} object ${kind.group}/${kind.version}, Kind=${kind.kind}: ${(error as Error).message}`)
    }
  }
  for (const namespace of namespaces) for (const kind of kinds) if (kind.namespaced) await takeAll(kind, namespace)
  for (const kind of kinds) if (!kind.namespaced) await takeAll(kind, undefined)
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
