/** Outermost: whatever is thrown inside becomes a Status, and short requests have a deadline (upstream: 60 s). */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { StatusError, timeout } from '#apimachinery/status-error.ts'
import { isLongRunning, parseRequestInfo } from '../request-info.ts'
import { errorResponse } from '../response.ts'
import { fromStoreError } from '../store-error.ts'
import type { Filter } from '../types.ts'

export function recovery(options: { clock: Clock; log: Logger; requestTimeoutMs: number }): Filter {
  const { clock, log, requestTimeoutMs } = options
  return async (request, next) => {
    try {
      if (isLongRunning(parseRequestInfo(request.method, request.path, request.query)) || request.upgrade) return await next(request)
      let cancel: (() => void) | undefined
      const deadline = new Promise<never>((_, reject) => {
        const timer = clock.after(requestTimeoutMs, () => reject(timeout('request did not complete within the allotted timeout')))
        cancel = () => timer.cancel()
      })
      try {
        return await Promise.race([next(request), deadline])
      } finally {
        cancel?.()
      }
    } catch (thrown) {
      const error = fromStoreError(thrown) ?? thrown
      if (!(error instanceof StatusError)) {
        log.error('request failed', { method: request.method, path: request.path, error, stack: error instanceof Error ? error.stack : undefined })
      }
      return errorResponse(error)
    }
  }
}
