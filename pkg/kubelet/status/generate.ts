/** A pod's status out of what runs: container states, phase, conditions (upstream's generateAPIPodStatus). Pure. */
import type { Pod, PodPhase, PodStatus } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import { sandboxState } from '../runtime/compute-actions.ts'
import { containersOf } from '../runtime/containers.ts'
import { isRestartingAll } from '../runtime/restart-all.ts'
import { podIps, type PodRuntimeStatus, readySandbox } from '../runtime/pod-runtime.ts'
import { qosClass } from '../runtime/resources.ts'
import type { ContainerEntry } from '../types.ts'
import { podConditions } from './conditions.ts'
import { containerStatus } from './container-status.ts'
import { endedPhase, podPhase } from './phase.ts'
import { podResourcesStatus } from './pod-resources.ts'
import type { PodFailure, StatusInput } from './types.ts'

/** Of a pod that the node refused. */
export function rejectedStatus(pod: Pod, { reason, message }: PodFailure, nowMs: number): PodStatus {
  return {
    observedGeneration: pod.metadata.generation,
    phase: 'Failed',
    reason,
    message,
    startTime: pod.status?.startTime ?? rfc3339(nowMs),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    conditions: (pod.status?.conditions ?? []) as never,
  } as PodStatus
}

/** A pod is not over while a container of it runs, or may yet be started by a call that was given up: until then the phase, and what goes with it, stay as they were. */
export function holdUntilStopped(status: PodStatus, before: PodStatus | undefined, runtime: PodRuntimeStatus): PodStatus {
  const over = (phase: PodPhase | undefined) => phase === 'Succeeded' || phase === 'Failed'
  if (!over(status.phase) || over(before?.phase) || !runtime.containers.some(({ state }) => state === 'running' || state === 'created')) return status
  const { reason: _reason, message: _message, ...rest } = status
  const { phase = 'Pending', reason, message } = before ?? {}
  return { ...rest, phase, ...(reason ? { reason } : {}), ...(message ? { message } : {}) }
}

export function generateStatus(input: StatusInput): PodStatus {
  const { pod, runtime, previous: before, nodeAddress, nodeAddresses = [nodeAddress], nowMs, terminated, failure } = input
  const entries = containersOf(pod)
  const statuses = new Map(entries.map((entry) => [entry.container.name, containerStatus(input, entry)]))
  const restartingAll = !input.terminating && isRestartingAll(pod, runtime, before)
  // What has ended will begin anew: it says nothing of how the pod ends.
  let phase = restartingAll ? (before?.phase ?? 'Pending') : podPhase(pod, entries, statuses, input.terminating)
  if (failure) phase = 'Failed'
  // A finished pod stays finished.
  if (before?.phase === 'Failed' || before?.phase === 'Succeeded') phase = before.phase
  if (terminated && phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp) phase = endedPhase(entries, statuses)
  const of = (...kinds: ContainerEntry['kind'][]) => entries.filter(({ kind }) => kinds.includes(kind)).map(({ container }) => statuses.get(container.name)!)
  const init = of('init', 'sidecar')
  const ephemeral = of('ephemeral')
  const sandbox = readySandbox(runtime)
  const ips = pod.spec.hostNetwork ? nodeAddresses : podIps(sandbox, nodeAddress)
  const known = ips.length > 0 ? ips : (before?.podIPs ?? []).map(({ ip }) => ip)
  const conditions = podConditions({
    pod,
    phase,
    statuses: [...init, ...of('regular')],
    sandboxReady: !sandboxState(pod, runtime).changed,
    restartingAll,
    previous: before?.conditions ?? pod.status?.conditions ?? [],
    nowMs,
    disruption: failure?.disruption ? failure.message : undefined,
  })
  conditions.push(...(input.resizing ?? []))
  const reason = failure?.reason ?? before?.reason
  const message = failure?.message ?? before?.message
  return {
    observedGeneration: pod.metadata.generation,
    phase,
    conditions,
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    hostIP: nodeAddress,
    hostIPs: nodeAddresses.map((ip) => ({ ip })),
    ...(known.length > 0 ? { podIP: known[0]!, podIPs: known.map((ip) => ({ ip })) } : {}),
    startTime: before?.startTime ?? pod.status?.startTime ?? rfc3339(nowMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: of('regular'),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...podResourcesStatus(pod, input.podCgroup, before),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  }
}
