/** One object as it changes: a watch of its name, begun again whenever it ends (client-go's UntilWithSync). */
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { queryString, resourcePath } from '#client/paths.ts'
import type { Invocation } from '../types.ts'
import type { Item } from './types.ts'
import { pause } from './wait-gone.ts'
import { watchEvents } from './watch-events.ts'

const againMs = 1000

/** The object as it is, then each time that it changes; undefined when it is gone. Ends at the deadline, of `invocation.now`. */
export async function* objectChanges(invocation: Invocation, item: Item, deadline: number): AsyncGenerator<any> {
  const { session, now, signal } = invocation
  const { resource, namespace, name } = item
  yield item.object
  for (let live = item.object; ; ) {
    const ending = new AbortController()
    const timer = Number.isFinite(deadline) ? setTimeout(() => ending.abort(), Math.max(0, deadline - now())) : undefined
    try {
      const query = queryString({ watch: true, fieldSelector: `metadata.name=${name}`, resourceVersion: live?.metadata?.resourceVersion })
      const request = { method: 'GET', path: resourcePath(resource, { namespace }) + query, signal: AbortSignal.any([signal, ending.signal]) }
      const response = await (await session.client()).request(request)
      if (response.status < 400)
        for await (const { type, object } of watchEvents(response.stream())) {
          if (type === 'ERROR') break
          if (type !== 'BOOKMARK') yield type === 'DELETED' ? undefined : object
        }
    } catch (error) {
      signal.throwIfAborted()
      if (!ending.signal.aborted && isRefused(error)) throw error
    } finally {
      clearTimeout(timer)
      ending.abort()
    }
    // Who may not watch, and whose watch has ended, reads it again.
    if (now() >= deadline) return
    await pause(invocation, Math.min(againMs, deadline - now()))
    live = await session.json({ method: 'GET', path: resourcePath(resource, { namespace, name }) }).catch((error) => {
      if (isNotFound(error)) return undefined
      if (isRefused(error)) throw error
      return live
    })
    yield live
  }
}

/** No server that is away for a moment. */
const isRefused = (error: unknown): boolean => error instanceof StatusError && error.code >= 400 && error.code < 500 && error.code !== 429
