/** apply --prune: what was applied before, and is in none of the files, goes. */
import { isForbidden, isNotFound } from '#apimachinery/status-error.ts'
import { CommandError } from '../../errors.ts'
import type { ApiResource } from '../../catalog/types.ts'
import type { Item } from '../../resources/types.ts'
import { listItems } from '../../resources/visit.ts'
import { deleteObject, type DryRun, lastApplied } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

/** Upstream's list of kinds that are pruned unless --prune-allowlist names others. */
const defaults = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/Namespace',
  'core/v1/PersistentVolumeClaim',
  'core/v1/PersistentVolume',
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
]

export async function prune(invocation: Invocation, applied: readonly Item[], dryRun: DryRun, print: (object: any, operation: string) => void): Promise<void> {
  const { flags, session } = invocation
  if (flags.string('applyset') !== '') throw new CommandError('error: --applyset is not supported by this kubectl yet')
  const catalog = await session.catalog()
  const kinds = flags.list('prune-allowlist').length > 0 ? flags.list('prune-allowlist') : defaults
  const resources = kinds.map((text) => resourceOf(catalog.byKind.bind(catalog), text)).filter((each) => each !== undefined)
  const kept = new Set(applied.map(({ object }) => object.metadata?.uid))
  const namespaces = new Set(applied.map(({ namespace }) => namespace).filter((each) => each !== undefined))
  const explicit = (await session.connection()).namespaceGiven
  for (const resource of resources.toSorted((a, b) => Number(b.namespaced) - Number(a.namespaced))) {
    if (!resource.namespaced && explicit) continue
    for (const namespace of resource.namespaced ? namespaces : [undefined]) {
      for (const item of await found(invocation, resource, namespace)) {
        if (item.object.metadata?.annotations?.[lastApplied] === undefined || kept.has(item.object.metadata.uid)) continue
        if (dryRun !== 'client') {
          try {
            await deleteObject(invocation, item, { propagationPolicy: 'Background', dryRun })
          } catch (error) {
            if (!isNotFound(error)) throw error
          }
        }
        print(item.object, 'pruned')
      }
    }
  }
}

async function found(invocation: Invocation, resource: ApiResource, namespace: string | undefined): Promise<Item[]> {
  try {
    return await listItems(invocation, resource, namespace, { selector: invocation.flags.string('selector') })
  } catch (error) {
    if (isNotFound(error) || isForbidden(error)) return []
    throw error
  }
}

function resourceOf(byKind: (apiVersion: string, kind: string) => ApiResource | undefined, text: string): ApiResource | undefined {
  const [group = '', version = '', kind = ''] = text.split('/')
  if (kind === '') throw new CommandError(`error: invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`)
  return byKind(group === 'core' || group === '' ? version : `${group}/${version}`, kind)
}
