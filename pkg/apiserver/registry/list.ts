/** GET of a collection: consistent pages out of the cache, or out of the store's history. */
import { badRequest, StatusError } from '#apimachinery/status-error.ts'
import { CompactedError, FutureRevisionError } from '#storage/types.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import { decodeToken, encodeToken, type ListQuery, parseRevision } from './list-options.ts'
import type { Operation } from './operation.ts'
import type { Selection } from './selection.ts'

export interface Page {
  readonly objects: readonly CachedObject[]
  readonly revision: number
  readonly continue?: string | undefined
  readonly remaining?: number | undefined
}

const historyPage = 500

export async function list(operation: Operation, query: ListQuery, selection: Selection): Promise<Page> {
  const { parts, view } = operation
  const namespace = operation.namespace !== '' ? operation.namespace : (selection.namespace ?? '')
  const prefix = view.prefix(namespace)
  const prepared = () => view.prepare(() => view.cache.range(prefix))
  if (query.continue !== '') {
    const token = decodeToken(query.continue)
    if (query.resourceVersion !== '' && query.resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue')
    const after = prefix + token.after
    if (token.revision < 0) {
      await parts.hub.fresh()
      await prepared()
      return fromCache(operation, prefix, after, cacheLimit(query), selection)
    }
    if (token.revision > parts.hub.revision) await parts.hub.waitFor(token.revision)
    // The cache could answer where nothing changed since; but a version that is forgotten is forgotten for every resource.
    if (token.revision < parts.objects.store.compactedRevision()) throw pageExpired(true, token.after)
    await prepared()
    if (token.revision >= view.cache.lastEventRevision) {
      return { ...fromCache(operation, prefix, after, cacheLimit(query), selection, token.revision), revision: token.revision }
    }
    return fromHistory(operation, prefix, after, token.revision, query.limit, selection, true)
  }
  const revision = parseRevision(query.resourceVersion, 'list')
  const exact = query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === '' && query.limit > 0 && revision > 0)
  if (exact) {
    if (revision > parts.hub.revision) await parts.hub.waitFor(revision)
    return fromHistory(operation, prefix, undefined, revision, query.limit, selection, false)
  }
  if (query.resourceVersion === '') await parts.hub.fresh()
  else if (revision > 0) await parts.hub.waitFor(revision)
  await prepared()
  return fromCache(operation, prefix, undefined, cacheLimit(query), selection)
}

/** What any version is good enough for comes whole, as upstream has it out of its cache. */
function cacheLimit({ resourceVersion, limit }: ListQuery): number {
  return resourceVersion === '0' ? 0 : limit
}

function fromCache(operation: Operation, prefix: string, after: string | undefined, limit: number, { matches, name }: Selection, tokenRevision?: number): Page {
  const { parts, view } = operation
  const revision = tokenRevision ?? parts.hub.revision
  if (isOfOne(operation, prefix, name, after)) {
    const only = view.cache.get(prefix + name)
    return { objects: only && (!matches || matches(only)) ? [only] : [], revision }
  }
  const objects: CachedObject[] = []
  for (const object of view.cache.range(prefix, after)) {
    if (limit > 0 && objects.length === limit) {
      const last = objects[limit - 1]!.key
      // Upstream goes on where anything follows, and tells how many remain only where no selector hides some.
      return {
        objects,
        revision,
        continue: encodeToken({ revision, after: last.slice(prefix.length) }),
        remaining: matches ? undefined : view.cache.countAfter(prefix, last),
      }
    }
    if (!matches || matches(object)) objects.push(object)
  }
  return { objects, revision }
}

/** Whether a first page can hold nothing but the one object of a name, behind which nothing follows. */
function isOfOne({ view }: Operation, prefix: string, name: string | undefined, after: string | undefined): name is string {
  return name !== undefined && after === undefined && prefix.split('/').length === view.key('n', 'x').split('/').length
}

async function fromHistory(
  operation: Operation,
  prefix: string,
  after: string | undefined,
  revision: number,
  limit: number,
  { matches, name }: Selection,
  continuing: boolean,
): Promise<Page> {
  const objects: CachedObject[] = []
  let from = after
  try {
    for (;;) {
      const want = limit > 0 && !matches ? limit : historyPage
      const page = await operation.parts.objects.range(prefix, revision, from, want)
      await operation.view.prepare(() => page.objects)
      for (const [index, object] of page.objects.entries()) {
        from = object.key
        if (matches && !matches(object)) continue
        objects.push(object)
        const remaining = page.remaining + page.objects.length - index - 1
        if (limit > 0 && objects.length === limit && remaining > 0 && !isOfOne(operation, prefix, name, after)) {
          return { objects, revision, continue: encodeToken({ revision, after: object.key.slice(prefix.length) }), remaining: matches ? undefined : remaining }
        }
      }
      if (page.remaining === 0 || page.objects.length === 0) return { objects, revision }
    }
  } catch (error) {
    if (error instanceof CompactedError) throw pageExpired(continuing, (after ?? prefix).slice(prefix.length))
    if (error instanceof FutureRevisionError) throw badRequest(error.message, error)
    throw error
  }
}

function pageExpired(continuing: boolean, after: string): StatusError {
  if (!continuing) return new StatusError({ code: 410, reason: 'Expired', message: 'The resourceVersion for the provided list is too old.' })
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
  return new ExpiredPage(message, encodeToken({ revision: -1, after }))
}

/** The Status carries a token with which the client may go on inconsistently. */
class ExpiredPage extends StatusError {
  readonly #continue: string
  constructor(message: string, token: string) {
    super({ code: 410, reason: 'Expired', message })
    this.#continue = token
  }
  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.#continue } }
  }
}
