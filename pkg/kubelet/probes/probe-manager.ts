/** The probes of all pods on the node, and what they found. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { ProbeView } from '../runtime/compute-actions.ts'
import { containersOf, fieldPathOf, isSidecar } from '../runtime/containers.ts'
import { type ContainerRecord, latest, podIps, type PodRuntimeStatus, readySandbox } from '../runtime/pod-runtime.ts'
import type { ContainerEntry, EventRecorder } from '../types.ts'
import { ProbeMetrics } from './probe-metrics.ts'
import { type ProbeKind, ProbeWorker } from './probe-worker.ts'
import { runProbe } from './run-probe.ts'

export interface ProbeManager extends ProbeView {
  ready(container: Container, record: ContainerRecord | undefined): boolean
  /** Starts what the pod's spec asks for; safe to call again. */
  add(pod: Pod): void
  /** While a pod ends, only readiness goes on. */
  stopLivenessAndStartup(podUid: string): void
  remove(podUid: string): void
  /** Lets probes of what has just started begin at once. */
  containersChanged(podUid: string): void
  /** The text of /metrics/probes. */
  metrics(): string
  /** The kubelet stops: nothing is asked any more, and what was found stays. */
  close(): void
}

export interface ProbeManagerOptions {
  readonly runtime: RuntimeService
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly nodeAddress: string
  readonly status: (podUid: string) => PodRuntimeStatus | undefined
  readonly onChange: (podUid: string) => void
  readonly random?: () => number
  readonly startedAt?: number
}

const kinds: readonly ProbeKind[] = ['startup', 'readiness', 'liveness']
const probeField = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const
const titles = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const

export function probeManager(options: ProbeManagerOptions): ProbeManager {
  const { clock, recorder, runtime, nodeAddress, status, onChange, random = Math.random } = options
  const workers = new Map<string, Map<string, ProbeWorker>>()
  /** Verdicts by kind and container id: they outlive a worker that was replaced. */
  const verdicts = new Map<string, boolean>()
  /** Containers that there are verdicts of, by pod: they go with their containers. */
  const judged = new Map<string, Set<string>>()
  const metrics = new ProbeMetrics()
  /** A step that is under way may still come by. */
  let isClosed = false
  const bornAt = options.startedAt ?? clock.now()

  const verdict = (kind: ProbeKind, id: string): boolean | undefined => verdicts.get(`${kind}/${id}`)

  const judge = (uid: string, kind: ProbeKind, id: string, ok: boolean): void => {
    verdicts.set(`${kind}/${id}`, ok)
    judged.set(uid, (judged.get(uid) ?? new Set()).add(id))
  }
  const forget = (uid: string, isGone: (id: string) => boolean): void => {
    const ids = judged.get(uid)
    for (const id of [...(ids ?? [])].filter(isGone)) {
      ids!.delete(id)
      for (const kind of kinds) verdicts.delete(`${kind}/${id}`)
    }
    if (ids?.size === 0) judged.delete(uid)
  }

  const manager: ProbeManager = {
    liveness: (id) => verdict('liveness', id),
    startup: (id) => verdict('startup', id),
    started(container, record) {
      if (record?.state !== 'running') return false
      return container.startupProbe ? verdict('startup', record.id) === true : true
    },
    ready(container, record) {
      if (record?.state !== 'running' || !manager.started(container, record)) return false
      return container.readinessProbe ? verdict('readiness', record.id) === true : true
    },
    add(pod) {
      if (isClosed) return
      const { uid } = pod.metadata
      let ofPod = workers.get(uid)
      // A restarted kubelet takes a container for what it was, until its own probes say otherwise.
      if (!ofPod) {
        for (const { containerID = '', ready, started } of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
          const id = containerID.replace(/^.*:\/\//, '')
          if (started && id) judge(uid, 'startup', id, true)
          if (ready && id) judge(uid, 'readiness', id, true)
        }
      }
      for (const entry of containersOf(pod)) {
        if (entry.kind === 'init' && !isSidecar(entry.container)) continue
        for (const kind of kinds) {
          const key = `${entry.container.name}/${kind}`
          if (!entry.container[probeField[kind]] || ofPod?.has(key)) continue
          if (!ofPod) {
            ofPod = new Map()
            workers.set(uid, ofPod)
          }
          ofPod.set(key, makeWorker(pod, entry, kind))
        }
      }
    },
    stopLivenessAndStartup(uid) {
      for (const [key, worker] of workers.get(uid) ?? []) if (!key.endsWith('/readiness')) worker.stop()
    },
    remove(uid) {
      for (const worker of workers.get(uid)?.values() ?? []) worker.stop()
      workers.delete(uid)
      metrics.forget(uid)
      forget(uid, () => true)
    },
    metrics: () => metrics.text(),
    close() {
      isClosed = true
      for (const ofPod of workers.values()) for (const worker of ofPod.values()) worker.stop()
      workers.clear()
    },
    containersChanged(uid) {
      const containers = status(uid)?.containers
      if (containers) forget(uid, (id) => !containers.some((each) => each.id === id))
      for (const worker of workers.get(uid)?.values() ?? []) {
        const { containerId, ok } = worker.verdict
        if (ok === true && containerId !== '' && status(uid)?.containers.some(({ id, state }) => id === containerId && state === 'running')) continue
        worker.trigger()
      }
    },
  }

  function makeWorker(pod: Pod, entry: ContainerEntry, kind: ProbeKind): ProbeWorker {
    const { uid } = pod.metadata
    const { container } = entry
    const probe = container[probeField[kind]]!
    const periodMs = (probe.periodSeconds ?? 10) * 1000
    // Probes of a restarted kubelet are spread, or all would ask in the same instant.
    const firstDelayMs = clock.now() - bornAt < periodMs && (status(uid)?.containers.length ?? 0) > 0 ? Math.floor(random() * periodMs) : 0
    return new ProbeWorker({
      kind,
      probe,
      clock,
      firstDelayMs,
      container() {
        const record = latest(status(uid) ?? { sandboxes: [], containers: [] }, container.name)
        return record?.state === 'running' ? { id: record.id, startedAt: record.startedAt, started: manager.started(container, record) } : undefined
      },
      prior: (containerId) => verdict(kind, containerId),
      attempt(containerId) {
        const now = status(uid)
        const podIp = pod.spec.hostNetwork ? nodeAddress : (podIps(now ? readySandbox(now) : undefined, nodeAddress)[0] ?? '')
        const startedAt = clock.now()
        const attempt = runProbe(probe, { container, containerId, podIp, runtime })
        const record = (result: 'successful' | 'failed' | 'unknown') =>
          metrics.record(pod, container.name, titles[kind], result, (clock.now() - startedAt) / 1000)
        attempt.then(
          ({ ok }) => record(ok ? 'successful' : 'failed'),
          () => record('unknown'),
        )
        return attempt
      },
      onResult(containerId, ok) {
        judge(uid, kind, containerId, ok)
        onChange(uid)
        if (kind === 'startup' && ok) manager.containersChanged(uid)
      },
      onWarning: (output) => recorder.event(pod, 'Warning', 'ProbeWarning', `${titles[kind]} probe warning: ${output}`, fieldPathOf(entry)),
      onFailure(output, broken) {
        const message = broken ? `${titles[kind]} probe errored and resulted in unknown state: ${output}` : `${titles[kind]} probe failed: ${output}`
        recorder.event(pod, 'Warning', 'Unhealthy', message, fieldPathOf(entry))
      },
    })
  }
  return manager
}
