/**
 * Bounds the requests that run at once (upstream: --max-requests-inflight 400, --max-mutating-requests-inflight 200);
 * beyond: 429 with Retry-After. Masters and in-process callers pass. Where there is flow control, it stands in this place.
 */
import { tooManyRequests } from '#apimachinery/status-error.ts'
import { isLongRunning } from '../request-info.ts'
import type { Filter } from '../types.ts'

const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options'])

export function inFlight(limits: { readonly reading: number; readonly mutating: number }): Filter & { current(): { reading: number; mutating: number } } {
  const running = { reading: 0, mutating: 0 }
  const filter: Filter = async (request, next) => {
    const { info, user, trustedUser } = request.context
    if (isLongRunning(info) || request.upgrade) return next(request)
    const lane = readVerbs.has(info.verb) ? 'reading' : 'mutating'
    if (running[lane] >= limits[lane] && !trustedUser && !user.groups.includes('system:masters')) {
      throw tooManyRequests('The server is currently unable to handle the request due to too many requests, please try again later.', 1)
    }
    running[lane]++
    try {
      return await next(request)
    } finally {
      running[lane]--
    }
  }
  return Object.assign(filter, { current: () => ({ ...running }) })
}
