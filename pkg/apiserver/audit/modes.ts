/** How requests and a backend meet (upstream: --audit-*-mode, and plugin/audit/buffered). */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { AuditBackend, AuditEvent, AuditSink } from './types.ts'

export const modes = ['batch', 'blocking', 'blocking-strict'] as const
export type Mode = (typeof modes)[number]

export interface BatchOptions {
  readonly bufferSize: number
  readonly maxBatchSize: number
  readonly maxBatchWaitMs: number
  /** How many batches a second, and how many at once after a pause; absent: no limit. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number } | undefined
  /** So many batches may be on their way at once; upstream has no limit for the webhook, and one for the log. */
  readonly maxUnderWay: number
  readonly clock: Clock
  readonly log: Logger
}

/** Requests wait until their events are there; `strict`: one that could not be recorded when it came is not served. */
export function blocking(backend: AuditBackend, strict: boolean): AuditSink {
  let dropped = 0
  return {
    name: backend.name,
    get dropped() {
      return dropped
    },
    async write(event) {
      const ok = await backend.deliver([event])
      if (!ok) dropped++
      return ok || !strict
    },
    close: () => backend.close(),
  }
}

/** Requests do not wait; events go in batches that are full or old. */
export function batched(backend: AuditBackend, options: BatchOptions): AuditSink {
  const { bufferSize, maxBatchSize, maxBatchWaitMs, throttle, maxUnderWay, clock, log } = options
  const waitForTurn = throttled(throttle, clock)
  const stopping = new AbortController()
  let buffer: AuditEvent[] = []
  let dropped = 0
  let timer: { cancel(): void } | undefined
  /** What is there is to go, though it fills no batch. */
  let isDue = false
  let isClosing = false
  let running: Promise<void> | undefined
  const underWay = new Set<Promise<void>>()

  async function send(batch: readonly AuditEvent[]): Promise<void> {
    if (!(await backend.deliver(batch))) dropped += batch.length
  }

  async function run(): Promise<void> {
    while (buffer.length >= (isDue ? 1 : maxBatchSize)) {
      while (underWay.size >= maxUnderWay) await Promise.race(underWay)
      const turn = waitForTurn(stopping.signal)
      if (turn) await turn
      const batch = buffer.slice(0, maxBatchSize)
      buffer = buffer.slice(batch.length)
      if (buffer.length < maxBatchSize) isDue = isClosing
      const sending = send(batch).finally(() => underWay.delete(sending))
      underWay.add(sending)
    }
  }

  function drain(): void {
    timer?.cancel()
    timer = undefined
    running ??= run().finally(() => {
      running = undefined
      if (buffer.length >= (isDue ? 1 : maxBatchSize)) drain()
      else if (buffer.length > 0) schedule()
    })
  }

  function schedule(): void {
    timer ??= clock.after(maxBatchWaitMs, () => {
      isDue = true
      drain()
    })
  }

  return {
    name: backend.name,
    get dropped() {
      return dropped
    },
    write(event) {
      if (buffer.length >= bufferSize) {
        if (dropped++ === 0) log.error('audit buffer queue blocked', { plugin: backend.name })
        return undefined
      }
      buffer.push(event)
      if (buffer.length >= maxBatchSize) drain()
      else if (!running) schedule()
      return undefined
    },
    async close() {
      isDue = isClosing = true
      stopping.abort()
      backend.hurry?.()
      do {
        drain()
        await running
      } while (buffer.length > 0)
      timer?.cancel()
      await Promise.all(underWay)
      await backend.close()
    },
  }
}

/** A bucket of tokens that fills with time; who stops waits no longer. */
function throttled(limit: BatchOptions['throttle'], clock: Clock): (signal: AbortSignal) => Promise<void> | undefined {
  let tokens = limit?.burst ?? 0
  let filledMs = clock.now()
  return (signal) => {
    if (!limit) return undefined
    const now = clock.now()
    tokens = Math.min(limit.burst, tokens + ((now - filledMs) / 1000) * limit.perSecond) - 1
    filledMs = now
    return tokens < 0 ? sleep(clock, (-tokens / limit.perSecond) * 1000, signal) : undefined
  }
}
