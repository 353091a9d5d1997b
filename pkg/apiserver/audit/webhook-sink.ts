/** Events in batches to a server that a kubeconfig names (upstream: the webhook backend in its batch mode, with its defaults). */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Transport } from '#client/types.ts'
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
}

const attempts = 5
const firstRetryMs = 10_000
const retryFactor = 1.5

export function webhookSink(options: WebhookSinkOptions): AuditSink {
  const { transport, path = '/', clock, log, bufferSize = 10_000, maxBatchSize = 400, maxBatchWaitMs = 30_000 } = options
  const stopping = new AbortController()
  let buffer: AuditEvent[] = []
  let dropped = 0
  let timer: { cancel(): void } | undefined
  let sending: Promise<void> | undefined

  async function post(items: readonly AuditEvent[]): Promise<void> {
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
    const batch = buffer.slice(0, maxBatchSize)
    buffer = buffer.slice(maxBatchSize)
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
