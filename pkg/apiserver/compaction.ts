/** Forgets old versions: every five minutes, what was superseded before the last five (upstream: --etcd-compaction-interval). */
import type { Clock, Timer } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Store } from '#storage/types.ts'

const intervalMs = 5 * 60_000

/** Runs until the signal aborts. Watches and pages that are older than two intervals are answered 410. */
export function startCompaction(store: Store, clock: Clock, log: Logger, signal: AbortSignal): void {
  let earlier = store.revision()
  let timer: Timer | undefined
  const tick = (): void => {
    const target = earlier
    earlier = store.revision()
    store
      .compact(target)
      .catch((error) => log.warn('compaction failed; it is tried again at the next interval', { revision: target, error }))
      .finally(() => {
        if (!signal.aborted) timer = clock.after(intervalMs, tick)
      })
  }
  timer = clock.after(intervalMs, tick)
  signal.addEventListener('abort', () => timer?.cancel(), { once: true })
}
