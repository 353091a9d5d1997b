/** A server that is going down sends new requests elsewhere (upstream: WithRetryAfter); its own, and who asks for its health, are still served. */
import { textResponse } from '../response.ts'
import type { Filter } from '../types.ts'

const stillServed = ['/readyz', '/livez', '/healthz', '/metrics']

export function refuseWhenClosing(refusing: () => boolean): Filter {
  return (request, next) => {
    if (!refusing() || request.context.trustedUser || stillServed.some((path) => request.path.startsWith(path))) return next(request)
    return Promise.resolve(textResponse(429, 'The apiserver is shutting down, please try again later.\n', { 'retry-after': '5', connection: 'close' }))
  }
}
