/** Where the kubelet's events go. */
import { createEventRecorder } from '#client/events.ts'
import type { PodStarts } from '../metrics/pod-starts.ts'
import { apiEventRecorder } from '../recorder.ts'
import type { EventRecorder, KubeletOptions } from '../types.ts'

/** Containers start first, and are told of afterwards. */
const delayMs = 200

export interface OpenRecorder {
  readonly recorder: EventRecorder
  flush(): Promise<void>
}

/** What is told of a pod also says how long its start took. */
export function openRecorder({ recorder: given, client, clock, log, nodeName, configuration }: KubeletOptions, starts: PodStarts): OpenRecorder {
  const events = given
    ? undefined
    : createEventRecorder({
        client,
        clock,
        log: log.named('events'),
        component: 'kubelet',
        host: nodeName,
        delayMs,
        qps: configuration.eventRecordQPS,
        burst: configuration.eventBurst,
      })
  const told = given ?? apiEventRecorder(events!)
  return {
    recorder: {
      event(about, type, reason, message, fieldPath, annotations) {
        starts.event(about.metadata.uid, reason)
        told.event(about, type, reason, message, fieldPath, annotations)
      },
    },
    flush: async () => events?.flush(),
  }
}
