/** Writes pod statuses to the API: the newest one of each pod, one write at a time, again after failures. */
import type { Pod, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'

export interface StatusManager {
  /** The newest status, whether written yet or not. */
  get(podUid: string): PodStatus | undefined
  set(pod: Pod, status: PodStatus): void
  /** Resolves when the newest status is written, or the pod is gone. */
  settled(podUid: string): Promise<void>
  /** The API has another object for the pod now, that knows nothing of its status. */
  rewrite(podUid: string): void
  forget(podUid: string): void
}

interface Entry {
  readonly pod: Pod
  status: PodStatus
  writtenText: string | undefined
  /** The status that the API had when we first wrote, for fields that must be nulled. */
  written: PodStatus | undefined
  /** When the oldest change was made that the API does not have; undefined: it has all. */
  changedAt: number | undefined
  /** A write is under way and will look at the newest status before it ends. */
  busy: boolean
  writing: Promise<void> | undefined
}

export interface StatusManagerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** The uid that the API knows a pod by: another than its own where it is a static pod; undefined while there is none to write to. */
  readonly uidOf?: (pod: Pod) => string | undefined
  /** `before`: what was set last, else what the pod came with. */
  readonly onSet?: (pod: Pod, status: PodStatus, before: PodStatus | undefined) => void
  /** How long it took from a change until the API had it, whatever changed meanwhile. */
  readonly onWritten?: (tookMs: number) => void
}

export function statusManager({ client, clock, log, signal, uidOf = ({ metadata }) => metadata.uid, onSet, onWritten }: StatusManagerOptions): StatusManager {
  const entries = new Map<string, Entry>()

  const write = async (entry: Entry): Promise<void> => {
    const { metadata } = entry.pod
    let waitMs = 200
    try {
      while (!signal.aborted && entries.get(metadata.uid) === entry) {
        const { status } = entry
        const text = JSON.stringify(status)
        const uid = uidOf(entry.pod)
        if (text === entry.writtenText || uid === undefined) return
        try {
          await client.patch(pods, { namespace: metadata.namespace, name: metadata.name }, patchOf(uid, entry.written, status), {
            type: 'strategic',
            subresource: 'status',
          })
          entry.writtenText = text
          entry.written = status
          waitMs = 200
          onWritten?.(clock.now() - (entry.changedAt ?? clock.now()))
          entry.changedAt = entry.status === status ? undefined : clock.now()
        } catch (error) {
          // Gone, or another pod has its name now.
          if (isNotFound(error) || isConflict(error)) {
            entry.writtenText = text
            return
          }
          log.warn('cannot write the status of a pod', { pod: `${metadata.namespace}/${metadata.name}`, error })
          await sleep(clock, waitMs, signal)
          waitMs = Math.min(waitMs * 2, 10_000)
        }
      }
    } finally {
      // In the same turn as the last look at the status: a change after that begins a write of its own.
      entry.busy = false
    }
  }

  const begin = (entry: Entry): void => {
    if (entry.busy || JSON.stringify(entry.status) === entry.writtenText) return
    entry.busy = true
    entry.changedAt ??= clock.now()
    entry.writing = write(entry)
  }

  return {
    get: (uid) => entries.get(uid)?.status,
    set(pod, status) {
      let entry = entries.get(pod.metadata.uid)
      onSet?.(pod, status, entry?.status ?? pod.status)
      if (!entry) {
        entry = { pod, status, writtenText: undefined, written: pod.status, changedAt: undefined, busy: false, writing: undefined }
        entries.set(pod.metadata.uid, entry)
      }
      entry.status = status
      begin(entry)
    },
    rewrite(uid) {
      const entry = entries.get(uid)
      if (!entry) return
      entry.writtenText = undefined
      entry.written = undefined
      begin(entry)
    },
    async settled(uid) {
      for (let entry = entries.get(uid); entry?.busy; entry = entries.get(uid)) await entry.writing
    },
    forget: (uid) => void entries.delete(uid),
  }
}

/** A strategic merge patch: conditions merge by type, lists of statuses are whole, and what is no longer there is set to null. */
function patchOf(uid: string, before: PodStatus | undefined, status: PodStatus): object {
  const patch: Record<string, unknown> = { ...status }
  for (const key of ['message', 'reason', 'podIP'] as const) if (before?.[key] !== undefined && status[key] === undefined) patch[key] = null
  if (JSON.stringify(before?.podIPs) !== JSON.stringify(status.podIPs) && status.podIPs) patch.podIPs = [...status.podIPs, { $patch: 'replace' }]
  // Conditions of a resize come and go; a merge alone would keep them.
  const gone = (before?.conditions ?? []).filter(({ type }) => /^PodResize/.test(type) && !status.conditions?.some((each) => each.type === type))
  // A reason that has gone must not stay behind in the merged condition.
  patch.conditions = [
    ...(status.conditions ?? []).map((condition) => ({ reason: null, message: null, ...condition })),
    ...gone.map(({ type }) => ({ $patch: 'delete', type })),
  ]
  return { metadata: { uid }, status: patch }
}
