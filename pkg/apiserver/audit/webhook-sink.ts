/** Events in batches to a server that a kubeconfig names (upstream: the webhook backend in its batch mode, with its defaults). */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Transport } from '#client/types.ts'
import { bytesOf } from './truncate.ts'
import type { AuditEvent, AuditSink } from './types.ts'

export interface WebhookSinkOptions {
  readonly transport: Transport
  /** Path of the server's address; default "/". */
  readonly path?: string
  readonly clock: Clock
  readonly log: Logger
  readonly bufferSize?: number
  readonly maxBatchSize?: number
  readonly maxBatchWaitMs?: number
  /** Batches are no larger; default: as large as their events. */
  readonly maxBatchBytes?: number
  /** How many batches a second, and how many at once after a pause; default: upstream's ten and fifteen. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number } | undefined
  readonly firstRetryMs?: number
}

const attempts = 5
const retryFactor = 1.5

export function webhookSink(options: WebhookSinkOptions): AuditSink {
  const { transport, path = '/', clock, log, bufferSize = 10_000, maxBatchSize = 400, maxBatchWaitMs = 30_000, maxBatchBytes, firstRetryMs = 10_000 } = options
  const throttle = 'throttle' in options ? options.throttle : { perSecond: 10, burst: 15 }
  const waitForTurn = throttled(throttle, clock)
  const stopping = new AbortController()
  let buffer: AuditEvent[] = []
  let dropped = 0
  let timer: { cancel(): void } | undefined
  let sending: Promise<void> | undefined

  async function post(items: readonly AuditEvent[]): Promise<void> {
    await waitForTurn(stopping.signal)
    const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
    for (let attempt = 1, delayMs = firstRetryMs; ; attempt++, delayMs *= retryFactor) {
      let failure: string
      try {
        const response = await transport.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
        await response.bytes()
        if (response.status >= 200 && response.status < 300) return
        failure = `the server answered ${response.status}`
        // What the server refuses for what it is, it will refuse again.
        if (response.status < 500 && response.status !== 429) attempt = attempts
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
      }
      if (attempt >= attempts || stopping.signal.aborted) {
        dropped += items.length
        log.error('audit events could not be delivered', { events: items.length, error: failure })
        return
      }
      await sleep(clock, delayMs, stopping.signal)
    }
  }

  function flush(): void {
    timer?.cancel()
    timer = undefined
    if (sending || buffer.length === 0) return
    const batch = buffer.slice(0, countOf(buffer, maxBatchSize, maxBatchBytes))
    buffer = buffer.slice(batch.length)
    sending = post(batch).finally(() => {
      sending = undefined
      if (buffer.length >= maxBatchSize) flush()
      else if (buffer.length > 0) timer ??= clock.after(maxBatchWaitMs, flush)
    })
  }

  return {
    name: 'webhook',
    get dropped() {
      return dropped
    },
    write(event) {
      if (buffer.length >= bufferSize) {
        dropped++
        return
      }
      buffer.push(event)
      if (buffer.length >= maxBatchSize) flush()
      else timer ??= clock.after(maxBatchWaitMs, flush)
    },
    async close() {
      stopping.abort()
      await sending
      while (buffer.length > 0) {
        flush()
        await sending
      }
      timer?.cancel()
      transport.close()
    },
  }
}

/** How many of the first make a batch. */
function countOf(events: readonly AuditEvent[], maxCount: number, maxBytes: number | undefined): number {
  const most = Math.min(events.length, maxCount)
  if (maxBytes === undefined) return most
  let bytes = 0
  for (let count = 0; count < most; count++) {
    bytes += bytesOf(events[count]!)
    if (count > 0 && bytes > maxBytes) return count
  }
  return most
}

/** A bucket of tokens that fills with time; who stops waits no longer. */
function throttled(limit: WebhookSinkOptions['throttle'], clock: Clock): (signal: AbortSignal) => Promise<void> {
  let tokens = limit?.burst ?? 0
  let filledMs = clock.now()
  return async (signal) => {
    if (!limit) return
    const now = clock.now()
    tokens = Math.min(limit.burst, tokens + ((now - filledMs) / 1000) * limit.perSecond) - 1
    filledMs = now
    if (tokens < 0) await sleep(clock, (-tokens / limit.perSecond) * 1000, signal)
  }
}
