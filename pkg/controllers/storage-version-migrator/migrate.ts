/**
 * The migration itself: an empty apply of every object, by its uid and version. It changes nothing, so the API server writes only what is stored
 * otherwise than it would be today. Upstream takes the objects from the garbage collector's cache; here they are listed, a page at a time.
 */
import { apiVersionOf, type KubeObject, type KubeList } from '#apimachinery/object.ts'
import { isConflict, StatusError } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import type { Target } from './target.ts'

const pageSize = 500
const fieldManager = 'storage-version-migrator-controller'
const passing: ReadonlySet<string> = new Set(['ServerTimeout', 'TooManyRequests', 'ServiceUnavailable', 'InternalError', 'Timeout'])

/**
 * Of all objects that are not newer than `resourceVersion`. Answers why one of them cannot be written; throws what may pass: the next attempt
 * finds those that were written newer, and leaves them out.
 */
export async function migrate({ resource }: Target, resourceVersion: string, { client, signal }: ControllerContext): Promise<string | undefined> {
  const limit = Number(resourceVersion)
  const type = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page: KubeList<KubeObject> = await client.list(resource, { limit: pageSize, metadataOnly: true, ...(next ? { continue: next } : {}) })
    for (const { metadata } of page.items) {
      signal.throwIfAborted()
      const { namespace, name, uid, resourceVersion: version } = metadata
      if (Number(version) > limit) continue
      try {
        await client.patch(resource, { namespace, name }, { ...type, metadata: { uid, resourceVersion: version } }, { type: 'apply', fieldManager })
      } catch (error) {
        // Written, deleted, or deleted and made anew meanwhile: there is nothing left to do.
        if (isConflict(error)) continue
        if (isPassing(error)) throw error
        return error instanceof Error ? error.message : String(error)
      }
    }
    next = page.metadata.continue || undefined
  }
  return undefined
}

/** What is no answer of the API server at all may pass too. */
function isPassing(error: unknown): boolean {
  return !(error instanceof StatusError) || passing.has(error.reason)
}
