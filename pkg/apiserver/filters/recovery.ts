/** Outermost: whatever is thrown inside becomes a Status, and short requests have a deadline (upstream: 60 s). */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { parseGoDuration } from '#apimachinery/go-duration.ts'
import { badRequest, StatusError, timeout } from '#apimachinery/status-error.ts'
import { isLongRunning } from '../request-info.ts'
import { errorResponse, textResponse } from '../response.ts'
import { fromStoreError } from '../store-error.ts'
import type { ApiResponse, Filter } from '../types.ts'

/** `?timeout=` may shorten what the server allows. */
function deadlineOf(query: URLSearchParams, mostMs: number): number {
  const wanted = query.get('timeout')
  if (!wanted) return mostMs
  let nanoseconds: bigint
  try {
    nanoseconds = parseGoDuration(wanted)
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`)
  }
  return nanoseconds <= 0n ? mostMs : Math.min(Number(nanoseconds) / 1e6, mostMs)
}

const allottedTimeIsUp = timeout('request did not complete within the allotted timeout')

/** Upstream has lost its serializers by then: the Status does not say that it is one, and its form is what its text looks like. */
function timeIsUp(): ApiResponse {
  const { metadata, status, message, reason, code } = allottedTimeIsUp.toStatus()
  return textResponse(504, `${JSON.stringify({ metadata, status, message, reason, details: {}, code })}\n`, { 'cache-control': 'no-cache, private' })
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
          reject(allottedTimeIsUp)
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
      if (thrown === allottedTimeIsUp) return timeIsUp()
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
