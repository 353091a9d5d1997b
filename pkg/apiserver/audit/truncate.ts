/** Events that are too large lose their bodies, and go no further when that does not help (upstream: plugin/audit/truncate). */
import type { AuditEvent, AuditSink } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export function truncating(sink: AuditSink, maxEventBytes: number): AuditSink {
  let tooLarge = 0
  return {
    name: sink.name,
    get dropped() {
      return sink.dropped + tooLarge
    },
    write(event) {
      const small = fitted(event, maxEventBytes)
      if (small) return sink.write(small)
      tooLarge++
      return undefined
    },
    close: () => sink.close(),
  }
}

function fitted(event: AuditEvent, maxEventBytes: number): AuditEvent | undefined {
  if (bytesOf(event) <= maxEventBytes) return event
  if (event.level === 'None' || event.level === 'Metadata') return undefined
  const { requestObject: _, responseObject: __, ...rest } = event
  const small: AuditEvent = { ...rest, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } }
  return bytesOf(small) <= maxEventBytes ? small : undefined
}

export function bytesOf(event: AuditEvent): number {
  return Buffer.byteLength(writeJson(event))
}
