/** DELETE of a collection: each object that matches, through the door a single DELETE takes. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { deleteObject, readDeleteOptions, warnOfPropagation } from './delete.ts'
import { list, type Page } from './list.ts'
import { listQuery } from './list-options.ts'
import type { Operation } from './operation.ts'
import { parseSelection } from './selection.ts'

/** Upstream's workers; here they share one commit tick. */
const concurrency = 16

export async function deleteCollection(operation: Operation): Promise<Page> {
  const { view, request } = operation
  const options = await readDeleteOptions(request)
  warnOfPropagation(operation, options)
  const query = listQuery(request.query, false)
  const page = await list(operation, query, parseSelection(view, request.query, ''))
  let next = 0
  let isRefused = false
  // In the order of the list, none more once one is refused.
  const work = async () => {
    while (next < page.objects.length && !isRefused) {
      const object = page.objects[next++]!
      const { namespace, name } = view.facts(object)
      try {
        await deleteObject({ ...operation, namespace, name }, { ...options }, '')
      } catch (error) {
        if (isNotFound(error)) continue
        isRefused = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, page.objects.length) }, work))
  return page
}
