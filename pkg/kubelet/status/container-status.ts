/** The status of one container: what the runtime has of it, or had, or why it has nothing yet (upstream's convertToAPIContainerStatuses). Pure. */
import type { Container, ContainerState, ContainerStatus, ResourceRequirements, VolumeMount } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import { shouldRestart } from '../runtime/compute-actions.ts'
import { type ContainerRecord, latest, previous } from '../runtime/pod-runtime.ts'
import { allContainersRestarting, resetStatus } from '../runtime/restart-all.ts'
import type { ContainerEntry } from '../types.ts'
import { isRecursiveReadOnly } from '../volumes/recursive-read-only.ts'
import type { StatusInput } from './types.ts'

export function containerStatus(input: StatusInput, entry: ContainerEntry): ContainerStatus {
  const { started, ...status } = statusOf(input, entry)
  // No probe starts an ephemeral one: of those upstream does not say it.
  return { ...status, ...(entry.kind === 'ephemeral' || started === undefined ? {} : { started }) }
}

function statusOf(input: StatusInput, { container, kind }: ContainerEntry): ContainerStatus {
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
    ...(record ? { containerID: `${input.runtimeName}://${record.id}` } : {}),
    restartCount: restartCount(record, old),
    ...volumeMounts(container, input.recursiveReadOnly === true),
  }
  if (!record) {
    const restarting = !input.terminating && before?.conditions?.some(({ type, status }) => type === allContainersRestarting && status === 'True')
    const reset = restarting && old && kind !== 'ephemeral' ? resetStatus(old) : undefined
    if (reset) return { ...base, ...reset, ready: false, started: false }
    // What has ended stays as it was told, though the runtime has forgotten it.
    if (old?.state.terminated) return waiting && !input.terminating ? { ...old, state: { waiting }, lastState: old.state, ready: false, started: false } : old
    const state = lostState(input, kind, old, waiting)
    // Whatever became of it: it ran, and it does not any more.
    const isLost = old?.state.running !== undefined && state.waiting !== undefined && !waiting && !old.lastState.terminated
    return {
      ...base,
      ...(isLost ? { restartCount: base.restartCount + (pod.metadata.deletionTimestamp ? 0 : 1) } : {}),
      state,
      lastState: isLost
        ? { terminated: lostRun('The container could not be located when the pod was deleted.  The container used to be Running') }
        : (old?.lastState ?? {}),
      ready: state.terminated?.exitCode === 0 && kind === 'init',
      started: false,
    }
  }
  const predecessor = previous(runtime, container.name)
  const lastState = predecessor
    ? { terminated: terminatedOf(input, predecessor) }
    : old?.containerID === base.containerID
      ? (old?.lastState ?? {})
      : old?.state?.terminated
        ? { terminated: old.state.terminated }
        : (old?.lastState ?? {})
  const done = kind === 'init' && record.state === 'exited' && record.exitCode === 0
  const health = kind === 'regular' ? (input.deviceHealth?.(container.name) ?? []) : []
  const withResources = {
    ...base,
    ...resources(container, record.state === 'running' ? input.actuated?.(container.name) : undefined),
    ...(record.user ? { user: { linux: { uid: record.user.uid, gid: record.user.gid, supplementalGroups: [...record.user.supplementalGroups] } } } : {}),
    ...(health.length > 0 ? { allocatedResourcesStatus: [...health] } : {}),
  }
  if (record.state === 'running') {
    return {
      ...withResources,
      state: { running: { startedAt: rfc3339(record.startedAt) } },
      lastState,
      ready: kind === 'init' || kind === 'ephemeral' ? false : probes.ready(container, record),
      started: kind === 'init' ? true : probes.started(container, record),
    }
  }
  if (record.state === 'created')
    return { ...withResources, state: { waiting: waiting ?? { reason: 'ContainerCreating' } }, lastState, ready: false, started: false }
  // It has ended and will be started again, but not yet: the status says why.
  if (waiting && !input.terminating && shouldRestart(pod, container, record)) {
    return { ...withResources, state: { waiting }, lastState: { terminated: terminatedOf(input, record) }, ready: false, started: false }
  }
  return { ...withResources, state: { terminated: terminatedOf(input, record) }, lastState, ready: done, started: false }
}

/** It never goes down: not all that ran is known to the runtime any more. */
function restartCount(record: ContainerRecord | undefined, old: ContainerStatus | undefined): number {
  if (!record || !old) return record?.restartCount ?? old?.restartCount ?? 0
  if (record.state === 'running' && old.state.terminated && old.restartCount >= record.restartCount) return old.restartCount + 1
  return Math.max(record.restartCount, old.restartCount)
}

const lostRun = (message: string) => ({ reason: 'ContainerStatusUnknown', message, exitCode: 137 }) as NonNullable<ContainerState['terminated']>

function volumeMounts({ volumeMounts: mounts = [] }: Container, isSupported: boolean): Pick<ContainerStatus, 'volumeMounts'> {
  if (mounts.length === 0) return {}
  const mode = (mount: VolumeMount): 'Enabled' | 'Disabled' => {
    try {
      return isRecursiveReadOnly(mount, isSupported) ? 'Enabled' : 'Disabled'
    } catch {
      return 'Disabled'
    }
  }
  return {
    volumeMounts: mounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: mode(mount) } : {}),
    })),
  }
}

/** What it has been given, and what it runs with: told even where there is nothing, as by this the API knows that the node can resize. */
function resources(container: Container, actuated: ResourceRequirements | undefined): Partial<ContainerStatus> {
  const allocated = container.resources?.requests
  const { requests, limits } = actuated ?? container.resources ?? {}
  return { ...(allocated ? { allocatedResources: allocated } : {}), resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } }
}

/** Of a container that the runtime does not have: not made yet, or lost. */
function lostState(
  { terminating, pod, runtime }: StatusInput,
  kind: ContainerEntry['kind'],
  old: ContainerStatus | undefined,
  waiting: { reason: string; message: string } | undefined,
): ContainerState {
  if (old?.state.running && (terminating || pod.spec.restartPolicy === 'Never')) {
    return { terminated: lostRun('The container could not be located when the pod was terminated') }
  }
  if (kind === 'init' && pod.spec.containers.some(({ name }) => latest(runtime, name))) {
    const message = 'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally'
    return { terminated: { reason: 'Completed', message, exitCode: 0 } }
  }
  if (waiting) return { waiting: waiting.message ? waiting : { reason: waiting.reason } }
  return { waiting: { reason: (pod.spec.initContainers?.length ?? 0) > 0 ? 'PodInitializing' : 'ContainerCreating' } }
}

function terminatedOf({ runtimeName }: StatusInput, record: ContainerRecord): NonNullable<ContainerState['terminated']> {
  return {
    exitCode: record.exitCode,
    reason: record.reason,
    ...(record.message ? { message: record.message } : {}),
    // One that never started did so in 1970, as upstream has it.
    startedAt: rfc3339(record.startedAt),
    ...(record.finishedAt ? { finishedAt: rfc3339(record.finishedAt) } : {}),
    containerID: `${runtimeName}://${record.id}`,
  }
}
