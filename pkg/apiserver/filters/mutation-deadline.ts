/**
 * What writes is bounded more tightly than a request is (upstream: requestTimeoutUpperBound, 34 s, of the handlers of k8s.io/apiserver):
 * who waits is told, while the write may still be done.
 */
import { timeout } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import { isLongRunning } from '../request-info.ts'
import type { Handler } from '../types.ts'

const upperBoundMs = 34_000
const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Around what answers for objects of this server; extension servers bound their own. */
export function mutationDeadline(clock: Clock, handler: Handler): Handler {
  return async (request) => {
    const { info } = request.context
    if (!writing.has(info.verb) || isLongRunning(info)) return handler(request)
    let cancel: (() => void) | undefined
    const deadline = new Promise<never>((_, reject) => {
      const timer = clock.after(upperBoundMs, () => {
        request.context.isAbandoned = true
        reject(timeout('request did not complete within requested timeout - context deadline exceeded'))
      })
      cancel = () => timer.cancel()
    })
    try {
      return await Promise.race([handler(request), deadline])
    } finally {
      cancel?.()
    }
  }
}
