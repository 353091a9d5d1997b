/** Changes that are gathered for a while, so that many of them are written once (--endpoint-updates-batch-period and its like). */
import type { Change, ControllerContext } from '#runtime/types.ts'

type Keys<T> = (object: T, change: Change, previous: T | undefined, context: ControllerContext) => readonly string[]

/** The keys of a change, enqueued when `batchMs` are over; at once for none. */
export const later =
  <T>(batchMs: number, keys: Keys<T>): Keys<T> =>
  (object, change, previous, context) => {
    const found = keys(object, change, previous, context)
    if (batchMs <= 0) return found
    for (const key of found) context.enqueue(key, batchMs)
    return []
  }
