/** A pod's status out of what runs: container states, phase, conditions (upstream's generateAPIPodStatus). Pure. */
import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodPhase, PodStatus, ResourceRequirements } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { ProbeManager } from '../probes/probe-manager.ts'
import { sandboxState, shouldRestart } from '../runtime/compute-actions.ts'
import { containersOf } from '../runtime/containers.ts'
import { type ContainerRecord, latest, podIps, type PodRuntimeStatus, previous, readySandbox } from '../runtime/pod-runtime.ts'
import { qosClass } from '../runtime/resources.ts'
import type { ContainerEntry } from '../types.ts'
import { podConditions } from './conditions.ts'

export interface StatusInput {
  readonly pod: Pod
  readonly runtime: PodRuntimeStatus
  readonly previous: PodStatus | undefined
  readonly probes: Pick<ProbeManager, 'started' | 'ready'>
  /** Why a container waits, by its name. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>
  /** What the runtime was told of a container's resources. */
  readonly actuated?: (container: string) => ResourceRequirements | undefined
  /** Conditions of a resize that goes on or waits. */
  readonly resizing?: readonly PodCondition[]
  readonly nodeAddress: string
  readonly nowMs: number
  /** The pod is being ended: containers that never ran will not. */
  readonly terminating: boolean
  readonly terminated: boolean
  readonly failure?: PodFailure | undefined
}

/** Why the pod has failed as a whole: Evicted, DeadlineExceeded … */
export interface PodFailure {
  readonly reason: string
  readonly message: string
  /** The node ended it for its own sake: the DisruptionTarget condition says so. */
  readonly disruption?: boolean
}

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

/** A pod is not over while a container of it may run: until then the phase, and what goes with it, stay as they were. */
export function holdUntilStopped(status: PodStatus, before: PodStatus | undefined, runtime: PodRuntimeStatus): PodStatus {
  const over = (phase: PodPhase | undefined) => phase === 'Succeeded' || phase === 'Failed'
  if (!over(status.phase) || over(before?.phase) || !runtime.containers.some(({ state }) => state === 'running')) return status
  const { reason: _reason, message: _message, ...rest } = status
  const { phase = 'Pending', reason, message } = before ?? {}
  return { ...rest, phase, ...(reason ? { reason } : {}), ...(message ? { message } : {}) }
}

export function generateStatus(input: StatusInput): PodStatus {
  const { pod, runtime, previous: before, nodeAddress, nowMs, terminated, failure } = input
  const entries = containersOf(pod)
  const statuses = new Map(entries.map((entry) => [entry.container.name, containerStatus(input, entry)]))
  let phase = podPhase(pod, entries, statuses, input.terminating)
  if (failure) phase = 'Failed'
  // A finished pod stays finished.
  if (before?.phase === 'Failed' || before?.phase === 'Succeeded') phase = before.phase
  if (terminated && phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp) phase = endedPhase(entries, statuses)
  const of = (...kinds: ContainerEntry['kind'][]) => entries.filter(({ kind }) => kinds.includes(kind)).map(({ container }) => statuses.get(container.name)!)
  const init = of('init', 'sidecar')
  const ephemeral = of('ephemeral')
  const sandbox = readySandbox(runtime)
  const ips = pod.spec.hostNetwork ? [nodeAddress] : podIps(sandbox)
  const known = ips.length > 0 ? ips : (before?.podIPs ?? []).map(({ ip }) => ip)
  const conditions = podConditions({
    pod,
    phase,
    statuses: [...init, ...of('regular')],
    sandboxReady: !sandboxState(pod, runtime).changed,
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
    hostIPs: [{ ip: nodeAddress }],
    ...(known.length > 0 ? { podIP: known[0]!, podIPs: known.map((ip) => ({ ip })) } : {}),
    startTime: before?.startTime ?? pod.status?.startTime ?? rfc3339(nowMs),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: of('regular'),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  }
}

function containerStatus(input: StatusInput, { container, kind }: ContainerEntry): ContainerStatus {
  const { runtime, previous: before, probes, pod } = input
  const record = latest(runtime, container.name)
  const old = [...(before?.containerStatuses ?? []), ...(before?.initContainerStatuses ?? []), ...(before?.ephemeralContainerStatuses ?? [])].find(
    ({ name }) => name === container.name,
  )
  const waiting = input.waiting.get(container.name)
  const base = {
    name: container.name,
    image: record?.image || container.image || '',
    imageID: record?.imageId ?? '',
    ...(record ? { containerID: `containerd://${record.id}` } : {}),
    restartCount: record?.restartCount ?? old?.restartCount ?? 0,
    ...resources(container, record ? input.actuated?.(container.name) : undefined),
  }
  if (!record) {
    const state = lostState(input, container, kind, old, waiting)
    return {
      ...base,
      ...(old?.containerID ? { containerID: old.containerID, imageID: old.imageID } : {}),
      state,
      lastState: old?.lastState ?? {},
      ready: false,
      started: false,
    }
  }
  const predecessor = previous(runtime, container.name)
  const lastState = predecessor
    ? { terminated: terminatedOf(predecessor) }
    : old?.containerID === base.containerID
      ? (old?.lastState ?? {})
      : old?.state?.terminated
        ? { terminated: old.state.terminated }
        : (old?.lastState ?? {})
  const done = kind === 'init' && record.state === 'exited' && record.exitCode === 0
  if (record.state === 'running') {
    return {
      ...base,
      state: { running: { startedAt: rfc3339(record.startedAt) } },
      lastState,
      ready: kind === 'init' || kind === 'ephemeral' ? false : probes.ready(container, record),
      started: kind === 'init' ? true : probes.started(container, record),
      ...(record.user ? { user: { linux: { uid: record.user.uid, gid: record.user.gid, supplementalGroups: [...record.user.supplementalGroups] } } } : {}),
    }
  }
  if (record.state === 'created') return { ...base, state: { waiting: waiting ?? { reason: 'ContainerCreating' } }, lastState, ready: false, started: false }
  // It has ended and will be started again, but not yet: the status says why.
  if (waiting && !input.terminating && shouldRestart(pod, container, record)) {
    return { ...base, state: { waiting }, lastState: { terminated: terminatedOf(record) }, ready: false, started: false }
  }
  return { ...base, state: { terminated: terminatedOf(record) }, lastState, ready: done, started: false }
}

/** What it has been given, and what it runs with. */
function resources(container: Container, actuated: ResourceRequirements | undefined): Partial<ContainerStatus> {
  const allocated = container.resources?.requests
  const { requests, limits } = actuated ?? container.resources ?? {}
  if (!requests && !limits && !allocated) return {}
  return { ...(allocated ? { allocatedResources: allocated } : {}), resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } }
}

/** Of a container that the runtime does not have: not made yet, or lost. */
function lostState(
  { terminating, pod, runtime }: StatusInput,
  _container: Container,
  kind: ContainerEntry['kind'],
  old: ContainerStatus | undefined,
  waiting: { reason: string; message: string } | undefined,
): ContainerState {
  if (old?.state.terminated) return old.state
  if (old?.state.running && (terminating || pod.spec.restartPolicy === 'Never')) {
    return { terminated: { reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated', exitCode: 137 } }
  }
  if (waiting) return { waiting: waiting.message ? waiting : { reason: waiting.reason } }
  const initsPending = (pod.spec.initContainers ?? []).some((init) => {
    const record = latest(runtime, init.name)
    return init.restartPolicy === 'Always' ? record?.state !== 'running' : !(record?.state === 'exited' && record.exitCode === 0)
  })
  return {
    waiting: { reason: (pod.spec.initContainers?.length ?? 0) > 0 && (kind === 'regular' ? initsPending : true) ? 'PodInitializing' : 'ContainerCreating' },
  }
}

function terminatedOf(record: ContainerRecord): NonNullable<ContainerState['terminated']> {
  return {
    exitCode: record.exitCode,
    reason: record.reason,
    ...(record.message ? { message: record.message } : {}),
    ...(record.startedAt ? { startedAt: rfc3339(record.startedAt) } : {}),
    ...(record.finishedAt ? { finishedAt: rfc3339(record.finishedAt) } : {}),
    containerID: `containerd://${record.id}`,
  }
}

export function podPhase(pod: Pod, entries: readonly ContainerEntry[], statuses: ReadonlyMap<string, ContainerStatus>, terminating: boolean): PodPhase {
  const policy = pod.spec.restartPolicy ?? 'Always'
  const inits = entries.filter(({ kind }) => kind === 'init')
  const regular = entries.filter(({ kind }) => kind === 'regular').map(({ container }) => statuses.get(container.name)!)
  const anyStarted = regular.some(({ state, lastState }) => state.running || state.terminated || lastState.terminated)
  if (!anyStarted) {
    for (const { container } of inits) {
      const { state, lastState } = statuses.get(container.name)!
      if (state.terminated?.exitCode === 0) continue
      if (state.terminated && policy === 'Never') return 'Failed'
      if (lastState.terminated && lastState.terminated.exitCode !== 0 && policy === 'Never') return 'Failed'
      return terminating && state.terminated ? 'Failed' : 'Pending'
    }
    for (const { container, kind } of entries) {
      if (kind === 'sidecar' && !statuses.get(container.name)!.started && regular.every(({ state }) => state.waiting)) return 'Pending'
    }
  }
  let running = 0
  let waiting = 0
  let succeeded = 0
  let stopped = 0
  let unknown = 0
  for (const { name, state, lastState } of regular) {
    if (state.running) running++
    else if (state.terminated && !terminating && startsAgain(pod, entries, name, state.terminated.exitCode)) running++
    else if (state.terminated) {
      stopped++
      if (state.terminated.exitCode === 0) succeeded++
    } else if (state.waiting) {
      if (lastState.terminated) stopped++
      else waiting++
    } else unknown++
  }
  if (waiting > 0) return 'Pending'
  if (running > 0 && unknown === 0) return 'Running'
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (policy === 'Always') return terminating ? (stopped === succeeded ? 'Succeeded' : 'Failed') : 'Running'
    if (stopped === succeeded) return 'Succeeded'
    if (policy === 'Never' || terminating) return 'Failed'
    return 'Running'
  }
  return 'Pending'
}

/** By a restart policy of its own (KEP-5307); the pod's policy is looked at elsewhere. */
function startsAgain(pod: Pod, entries: readonly ContainerEntry[], name: string, exitCode: number): boolean {
  const container = entries.find((entry) => entry.container.name === name)?.container
  if (!container || (container.restartPolicy === undefined && container.restartPolicyRules === undefined)) return false
  return shouldRestart(pod, container, { state: 'exited', exitCode } as ContainerRecord)
}

/** A pod that was ended while it ran: succeeded only if all of its containers did. */
function endedPhase(entries: readonly ContainerEntry[], statuses: ReadonlyMap<string, ContainerStatus>): PodPhase {
  const regular = entries.filter(({ kind }) => kind === 'regular').map(({ container }) => statuses.get(container.name)!)
  return regular.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
}
