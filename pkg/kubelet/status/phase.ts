/** A pod's phase out of its containers' states (upstream's getPhase). Pure. */
import type { ContainerStatus, Pod, PodPhase } from '#api/gen/core/v1.ts'
import { shouldRestart } from '../runtime/compute-actions.ts'
import type { ContainerRecord } from '../runtime/pod-runtime.ts'
import { restartReason } from '../runtime/restart-all.ts'
import type { ContainerEntry } from '../types.ts'

export function podPhase(pod: Pod, entries: readonly ContainerEntry[], statuses: ReadonlyMap<string, ContainerStatus>, terminating: boolean): PodPhase {
  const policy = pod.spec.restartPolicy ?? 'Always'
  const inits = entries.filter(({ kind }) => kind === 'init')
  const regular = entries.filter(({ kind }) => kind === 'regular').map(({ container }) => statuses.get(container.name)!)
  const anyStarted = regular.some(({ state, lastState }) => state.running || state.terminated || lastState.terminated)
  // Of this run, where all of them are begun anew: init containers come first again.
  const begun = regular.some((status) => status.state.running || status.state.terminated || (status.lastState.terminated && !wasRemoved(status)))
  if (!begun) {
    const pending = anyStarted ? 'Running' : 'Pending'
    for (const { container } of inits) {
      const status = statuses.get(container.name)!
      const { state, lastState } = status
      if (state.terminated?.exitCode === 0) continue
      if (state.terminated && policy === 'Never') return 'Failed'
      if (lastState.terminated && lastState.terminated.exitCode !== 0 && policy === 'Never' && !wasRemoved(status)) return 'Failed'
      return terminating && state.terminated ? 'Failed' : pending
    }
    for (const { container, kind } of entries) {
      if (kind === 'sidecar' && !statuses.get(container.name)!.started && regular.every(({ state }) => state.waiting)) return pending
    }
  }
  let running = 0
  let waiting = 0
  let succeeded = 0
  let stopped = 0
  let unknown = 0
  for (const status of regular) {
    const { name, state, lastState } = status
    if (state.running) running++
    else if (state.terminated && !terminating && startsAgain(pod, entries, name, state.terminated.exitCode)) running++
    else if (state.terminated) {
      stopped++
      if (state.terminated.exitCode === 0) succeeded++
    } else if (state.waiting) {
      if (wasRemoved(status) && !terminating) running++
      else if (lastState.terminated) stopped++
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

/** Its last run did not fail: it was removed, to begin anew with all others. */
const wasRemoved = ({ lastState }: ContainerStatus): boolean => lastState.terminated?.reason === restartReason

/** By a restart policy of its own (KEP-5307); the pod's policy is looked at elsewhere. */
function startsAgain(pod: Pod, entries: readonly ContainerEntry[], name: string, exitCode: number): boolean {
  const container = entries.find((entry) => entry.container.name === name)?.container
  if (!container || (container.restartPolicy === undefined && container.restartPolicyRules === undefined)) return false
  return shouldRestart(pod, container, { state: 'exited', exitCode } as ContainerRecord)
}

/** A pod that was ended while it ran: succeeded only if all of its containers did. */
export function endedPhase(entries: readonly ContainerEntry[], statuses: ReadonlyMap<string, ContainerStatus>): PodPhase {
  const regular = entries.filter(({ kind }) => kind === 'regular').map(({ container }) => statuses.get(container.name)!)
  return regular.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
}
