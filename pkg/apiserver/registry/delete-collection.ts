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
  const left = [...page.objects]
  const work = async () => {
    for (let object = left.pop(); object; object = left.pop()) {
      const { namespace, name } = view.facts(object)
      try {
        await deleteObject({ ...operation, namespace, name }, { ...options })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, left.length) }, work))
  return page
}
