/** Who watches the fake store, and the events still to be delivered to them. */
import type { KubeObject } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { WatchEvent } from '../types.ts'

interface Watcher {
  readonly accepts: (object: KubeObject) => boolean
  readonly pending: WatchEvent<any>[]
  wake: () => void
  broken?: StatusError | 'ended'
}

export class WatchHub {
  readonly #watchers = new Set<Watcher>()

  /** `previous`: what the object was before, so that leaving a selector is a DELETED and entering an ADDED. */
  emit(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject, previous: KubeObject | undefined): void {
    for (const watcher of this.#watchers) {
      const now = watcher.accepts(object)
      const before = previous ? watcher.accepts(previous) : false
      const seen = type === 'DELETED' ? (now || before ? 'DELETED' : undefined) : now ? (before ? 'MODIFIED' : 'ADDED') : before ? 'DELETED' : undefined
      if (!seen) continue
      watcher.pending.push({ type: seen, object })
      watcher.wake()
    }
  }

  /** Ends every watch: cleanly, or with an error. */
  cut(error?: StatusError): void {
    for (const watcher of this.#watchers) {
      watcher.broken = error ?? 'ended'
      watcher.wake()
    }
  }

  async *watch(accepts: (object: any) => boolean, backlog: readonly WatchEvent<any>[], signal?: AbortSignal): AsyncGenerator<WatchEvent<any>> {
    const watcher: Watcher = { accepts, pending: [...backlog], wake: () => {} }
    const onAbort = () => watcher.wake()
    signal?.addEventListener('abort', onAbort)
    this.#watchers.add(watcher)
    try {
      for (;;) {
        if (signal?.aborted) return
        const event = watcher.pending.shift()
        if (event) {
          yield event
          continue
        }
        if (watcher.broken instanceof StatusError) throw watcher.broken
        if (watcher.broken) return
        await new Promise<void>((resolve) => {
          watcher.wake = resolve
        })
      }
    } finally {
      this.#watchers.delete(watcher)
      signal?.removeEventListener('abort', onAbort)
    }
  }
}
