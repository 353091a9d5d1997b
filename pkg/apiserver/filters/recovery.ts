/** Outermost: whatever is thrown inside becomes a Status, and short requests have a deadline (upstream: 60 s). */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { badRequest, StatusError, timeout } from '#apimachinery/status-error.ts'
import { parseDuration } from '../flags/parse.ts'
import { isLongRunning } from '../request-info.ts'
import { errorResponse } from '../response.ts'
import { fromStoreError } from '../store-error.ts'
import type { ApiResponse, Filter } from '../types.ts'

/** `?timeout=` may shorten what the server allows. */
function deadlineOf(query: URLSearchParams, mostMs: number): number {
  const wanted = query.get('timeout')
  if (!wanted) return mostMs
  const milliseconds = parseDuration(wanted.replace(/^-/, ''))
  if (milliseconds === undefined) throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(wanted)}`)
  return milliseconds === 0 || wanted.startsWith('-') ? mostMs : Math.min(milliseconds, mostMs)
}

export function recovery(options: { clock: Clock; log: Logger; requestTimeoutMs: number }): Filter {
  const { clock, log, requestTimeoutMs } = options
  return async (request, next) => {
    try {
      if (isLongRunning(request.context.info) || request.upgrade) return await next(request)
      const limitMs = deadlineOf(request.query, requestTimeoutMs)
      const startedMs = clock.now()
      let cancel: (() => void) | undefined
      const deadline = new Promise<never>((_, reject) => {
        const timer = clock.after(limitMs, () => {
          request.context.isAbandoned = true
          reject(timeout('request did not complete within the allotted timeout'))
        })
        cancel = () => timer.cancel()
      })
      try {
        const response = await Promise.race([next(request), deadline])
        // A client that does not read must not hold its seat for ever; what is in one piece is handed over at once.
        if (isInPieces(response)) response.sendBeforeMs = startedMs + limitMs
        return response
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

function isInPieces({ body }: ApiResponse): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array)
}
