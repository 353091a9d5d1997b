/** Events to a server that a kubeconfig names (upstream: plugin/pkg/audit/webhook). */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Transport } from '#client/types.ts'
import { bytesOf } from './truncate.ts'
import type { AuditBackend, AuditEvent } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export interface WebhookBackendOptions {
  readonly transport: Transport
  /** Path of the server's address; default "/". */
  readonly path?: string
  readonly clock: Clock
  readonly log: Logger
  /** What is posted at once is no larger; default: as large as its events. */
  readonly maxBatchBytes?: number
  readonly firstRetryMs?: number
}

const attempts = 5
const retryFactor = 1.5

/** Whatever the server answers but 2xx, and no answer, is tried again: upstream gives events up late. */
export function webhookBackend({ transport, path = '/', clock, log, maxBatchBytes, firstRetryMs = 10_000 }: WebhookBackendOptions): AuditBackend {
  const stopping = new AbortController()

  async function post(items: readonly AuditEvent[]): Promise<boolean> {
    const body = writeJson({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
    for (let attempt = 1, delayMs = firstRetryMs; ; attempt++, delayMs *= retryFactor) {
      const failure = await attemptOnce(body)
      if (failure === undefined) return true
      if (attempt >= attempts || stopping.signal.aborted) {
        log.error('audit events could not be delivered', { events: items.length, error: failure })
        return false
      }
      await sleep(clock, delayMs, stopping.signal)
    }
  }

  async function attemptOnce(body: string): Promise<string | undefined> {
    try {
      const response = await transport.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
      await response.bytes()
      return response.status >= 200 && response.status < 300 ? undefined : `the server answered ${response.status}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  return {
    name: 'webhook',
    async deliver(events) {
      let ok = true
      for (const part of partsOf(events, maxBatchBytes)) ok = (await post(part)) && ok
      return ok
    },
    hurry: () => stopping.abort(),
    async close() {
      transport.close()
    },
  }
}

function* partsOf(events: readonly AuditEvent[], maxBytes: number | undefined): Generator<readonly AuditEvent[]> {
  if (maxBytes === undefined) return yield events
  let part: AuditEvent[] = []
  let bytes = 0
  for (const event of events) {
    const more = bytesOf(event)
    if (part.length > 0 && bytes + more > maxBytes) {
      yield part
      part = []
      bytes = 0
    }
    part.push(event)
    bytes += more
  }
  if (part.length > 0) yield part
}
