/** When that happened which endpoints are written for: what programming latency is measured from (upstream's TriggerTimeTracker). */
import type { Pod, Service } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'

interface Seen {
  readonly service: string
  /** By the pod's name. */
  readonly pods: ReadonlyMap<string, string>
}

/** Remembers of each Service, while it exists, what its endpoints were last written for. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  /**
   * The earliest change since the Service was last asked about: a pod that turned ready or not, or the Service itself. Undefined when
   * nothing of these has changed. A Service not seen before counts from its creation, since whether its pods changed is not known.
   */
  changed(service: Service, pods: readonly Pod[]): string | undefined {
    const key = keyOf(service)
    const before = this.#seen.get(key)
    const created = String(service.metadata.creationTimestamp ?? '')
    const times = new Map<string, string>()
    for (const pod of pods) {
      const at = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
      if (at) times.set(pod.metadata.name, at)
    }
    this.#seen.set(key, { service: created, pods: times })
    if (!before) return created || undefined
    const newer = [...times].filter(([name, at]) => at > (before.pods.get(name) ?? '')).map(([, at]) => at)
    if (created > before.service) newer.push(created)
    return newer.sort()[0]
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}

/** The annotations with the time of the change, or without any when there is none to tell. */
export function withTriggerTime(annotations: Readonly<Record<string, string>> | undefined, time: string | undefined): Record<string, string> {
  const { [triggerTimeAnnotation]: _, ...others } = annotations ?? {}
  return time ? { ...others, [triggerTimeAnnotation]: time } : others
}
