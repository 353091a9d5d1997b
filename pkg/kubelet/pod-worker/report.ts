/** What the API is told of a pod: made out of its spec and what runs, handed to the status manager, answered. */
import type { PodStatus } from '#api/gen/core/v1.ts'
import type { KubeletContext } from '../context.ts'
import { generateStatus, holdUntilStopped, rejectedStatus } from '../status/generate.ts'
import type { PodLife } from './pod-life.ts'

/** `pod`: whose spec it is about, where a newer one may have come meanwhile that nothing was done for yet. */
export function report(context: KubeletContext, life: PodLife, pod = life.pod): PodStatus {
  const { statuses, probes, nodeAddress, nodeAddresses, clock, allocations, resizes, cgroups, devices, claims } = context
  const { uid, runtime, state } = life
  const tell = (status: PodStatus): void => {
    if (!life.isOrphan) statuses.set(pod, status)
  }
  if (life.isRejected) {
    const refused = rejectedStatus(pod, life.failure!, clock.now())
    tell(refused)
    return refused
  }
  const before = statuses.get(uid) ?? pod.status
  const status = generateStatus({
    pod: allocations.allocated(pod),
    runtime,
    previous: before,
    probes,
    waiting: life.waiting,
    actuated: (name) => allocations.actuated(pod, name),
    deviceHealth: (name) => [...devices.health(uid, name), ...claims.health(pod, name)],
    podCgroup: cgroups.settings(pod),
    resizing: resizes.conditions(uid),
    runtimeName: context.runtimeName,
    nodeAddress,
    nodeAddresses,
    nowMs: clock.now(),
    terminating: state !== 'syncing',
    terminated: state === 'terminated',
    failure: life.failure,
    recursiveReadOnly: context.runtimeFeatures(runtime.sandboxes[0]?.runtimeHandler ?? '').recursiveReadOnlyMounts,
  })
  tell(holdUntilStopped(status, before, runtime))
  return status
}
