/** The last step of a deletion: out of the store. */
import { conflict, notFound } from '#apimachinery/status-error.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import { type Operation, resourceOf } from './operation.ts'

/** Removes what is stored; undefined when another write came between. Answers the object as it was last. */
export async function removeNow(operation: Operation, last: KubeObject, stored: CachedObject, dryRun: boolean): Promise<CachedObject | undefined> {
  const { parts, view, definition } = operation
  if (dryRun) return parts.objects.preview(view, stored.key, last, stored.revision)
  const result = await parts.objects.delete(stored.key, stored.revision)
  if (!result.ok) return undefined
  await parts.hooks.get(`${definition.group}/${definition.plural}`)?.afterDelete?.(last)
  return parts.objects.preview(view, stored.key, last, result.revision)
}

export function checkPreconditions(
  operation: Operation,
  { metadata }: KubeObject,
  preconditions: { uid?: string; resourceVersion?: string } | undefined,
): void {
  if (!preconditions) return
  const { uid, resourceVersion } = preconditions
  const of = { group: operation.definition.group, resource: operation.definition.kind }
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      of,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      of,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

export function missing(operation: Operation): Error {
  return notFound(resourceOf(operation), operation.name)
}
