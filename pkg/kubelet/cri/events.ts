/**
 * containerd's own event stream: an exit is known in milliseconds. CRI's GetContainerEvents is missing in 1.6, so this
 * is what stands for upstream's evented PLEG; on a runtime without it the kubelet lists instead.
 */
import type { CriConnection } from './connection.ts'
import { CriError } from './errors.ts'
import type { RuntimeEvent, RuntimeEvents } from './types.ts'

interface Envelope {
  readonly topic: string
  readonly event: { readonly value: Uint8Array } | null
}

const filters = ['/tasks/exit', '/tasks/oom', '/tasks/start', '/images/create', '/images/update', '/images/delete'].map(
  (topic) => `namespace==k8s.io,topic=="${topic}"`,
)

export function runtimeEvents(connection: CriConnection): RuntimeEvents {
  return {
    subscribe(onEvent, onReady, signal) {
      return new Promise((resolve, reject) => {
        const stream = connection.containerdStream('Subscribe', { filters })
        const abort = () => stream.cancel()
        const finish = (error?: Error & { code?: number; details?: string }) => {
          signal.removeEventListener('abort', abort)
          if (signal.aborted) resolve()
          else reject(new CriError(error?.code ?? 14, error?.details ?? 'the event stream ended'))
        }
        signal.addEventListener('abort', abort, { once: true })
        if (signal.aborted) abort()
        // containerd answers its headers with the first event only, so the stream counts as standing once it is sent.
        setImmediate(onReady)
        stream.on('data', (envelope: Envelope) => {
          const event = decode(envelope)
          if (event) onEvent(event)
        })
        stream.once('error', finish)
        stream.once('end', () => finish())
      })
    },
  }
}

function decode({ topic, event }: Envelope): RuntimeEvent | undefined {
  if (topic.startsWith('/images/')) return { kind: 'image', id: '' }
  const fields = stringFields(event?.value ?? new Uint8Array())
  const id = fields.get(1) ?? ''
  if (topic === '/tasks/oom') return { kind: 'oom', id }
  if (topic === '/tasks/start') return { kind: 'start', id }
  // An exec's end carries the exec's own id in field 2; only the container's main process counts.
  if (topic === '/tasks/exit') return fields.get(2) === id ? { kind: 'exit', id } : undefined
  return undefined
}

/** The strings (wire type 2) of a protobuf message, by field number; enough for containerd's task events. */
export function stringFields(bytes: Uint8Array): Map<number, string> {
  const fields = new Map<number, string>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.length) {
    const tag = varint()
    const wireType = tag & 7
    if (wireType === 0) varint()
    else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else if (wireType === 2) {
      const length = varint()
      fields.set(tag >>> 3, Buffer.from(bytes.subarray(at, at + length)).toString('utf8'))
      at += length
    } else break
  }
  return fields
}
