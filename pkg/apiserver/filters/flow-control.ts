/**
 * Priority and fairness: a request gets its seat before it goes on, or is refused with 429. Without flow control (a
 * server that is not assembled) the simple bound of `in-flight.ts` holds.
 */
import type { Classified, FlowControl } from '../flowcontrol/index.ts'
import { isLongRunning } from '../request-info.ts'
import { textResponse } from '../response.ts'
import { answered } from '../status-response.ts'
import type { ApiResponse, Filter } from '../types.ts'

export function flowControl(current: () => FlowControl | undefined, otherwise: Filter): Filter {
  return async (request, next) => {
    const control = current()
    if (!control) return otherwise(request, next)
    const { context, query, signal } = request
    const { info, user } = context
    if (info.verb !== 'watch' && (isLongRunning(info) || request.upgrade)) return next(request)
    const classified = control.classify(user, info)
    const { schema, level } = classified
    let seat = control.admit(classified, { info, user, query, receivedAtMs: context.receivedAtMs, signal })
    if (seat instanceof Promise) {
      const sinceMs = control.clock.now()
      seat = await seat
      control.metrics.waited(schema.metadata.name, level.name, (control.clock.now() - sinceMs) / 1000, typeof seat !== 'string')
    }
    if (typeof seat === 'string') {
      const seconds = control.refused(classified, seat)
      return withHeaders(textResponse(429, 'Too many requests, please try again later.\n', { 'retry-after': String(seconds) }), classified)
    }
    const { done } = seat
    const startedMs = control.clock.now()
    const finish = (): void => {
      done()
      control.metrics.executed(schema.metadata.name, level.name, (control.clock.now() - startedMs) / 1000, info.verb === 'watch' ? 'watch' : 'regular')
    }
    try {
      const response = withHeaders(await answered(request, next(request)), classified)
      // A watch has its seat until it has begun; all else until its answer is on the way, however slowly the client reads it.
      if (info.verb === 'watch' || context.isAbandoned) finish()
      else response.whenSent = finish
      return response
    } catch (error) {
      finish()
      throw error
    }
  }
}

function withHeaders(response: ApiResponse, { schema, level }: Classified): ApiResponse {
  response.headers['x-kubernetes-pf-flowschema-uid'] = schema.metadata.uid ?? ''
  response.headers['x-kubernetes-pf-prioritylevel-uid'] = level.uid
  return response
}
