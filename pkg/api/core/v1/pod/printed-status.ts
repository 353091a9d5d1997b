/** What tables say a pod is doing (upstream's printPod): a reason where there is one, else its phase. */
import type { Container, ContainerState, ContainerStatus, Pod } from '#api/gen/core/v1.ts'
import { ageOf } from '../../../ages.ts'

export interface PrintedPod {
  readonly ready: string
  readonly reason: string
  readonly restarts: string
}

export function printedPod(pod: Pod, now: number): PrintedPod {
  const { spec, status } = pod
  const restartable = new Set((spec.initContainers ?? []).filter(isRestartable).map(({ name }) => name))
  const tally = { ready: 0, total: spec.containers?.length ?? 0, restarts: 0, restartableRestarts: 0, last: 0, lastRestartable: 0 }
  let reason = status.reason || status.phase || ''
  if (status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) reason = 'SchedulingGated'

  tally.total += restartable.size
  const initializing = initReason(pod, restartable, tally)
  if (initializing !== undefined) reason = initializing
  if (initializing === undefined || isInitialized(pod)) reason = mainReason(pod, reason, tally)
  if (pod.metadata.deletionTimestamp && status.reason === 'NodeLost') reason = 'Unknown'
  else if (pod.metadata.deletionTimestamp && status.phase !== 'Succeeded' && status.phase !== 'Failed') reason = 'Terminating'

  const restarts =
    tally.restarts === 0 || tally.last === 0 ? String(tally.restarts) : `${tally.restarts} (${ageOf(new Date(tally.last).toISOString(), now)} ago)`
  return { ready: `${tally.ready}/${tally.total}`, reason, restarts }
}

interface Tally {
  ready: number
  total: number
  restarts: number
  restartableRestarts: number
  last: number
  lastRestartable: number
}

const isRestartable = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always'
const isInitialized = ({ status }: Pod): boolean => status.conditions?.some(({ type, status }) => type === 'Initialized' && status === 'True') ?? false

/** The first init container that is not done says why; undefined when all are. */
function initReason(pod: Pod, restartable: ReadonlySet<string>, tally: Tally): string | undefined {
  for (const [position, container] of (pod.status.initContainerStatuses ?? []).entries()) {
    tally.restarts += container.restartCount
    tally.last = Math.max(tally.last, finishedAt(container.lastState))
    if (restartable.has(container.name)) {
      tally.restartableRestarts += container.restartCount
      tally.lastRestartable = Math.max(tally.lastRestartable, finishedAt(container.lastState))
    }
    const { terminated, waiting } = container.state ?? {}
    if (terminated && terminated.exitCode === 0) continue
    if (restartable.has(container.name) && container.started) {
      if (container.ready) tally.ready++
      continue
    }
    if (terminated) return terminated.reason ? `Init:${terminated.reason}` : `Init:${endOf(terminated)}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${position}/${pod.spec.initContainers?.length ?? 0}`
  }
  return undefined
}

function mainReason(pod: Pod, before: string, tally: Tally): string {
  let reason = before
  let hasRunning = false
  let failed = ''
  tally.restarts = tally.restartableRestarts
  tally.last = tally.lastRestartable
  for (const container of (pod.status.containerStatuses ?? []).toReversed()) {
    tally.restarts += container.restartCount
    tally.last = Math.max(tally.last, finishedAt(container.lastState))
    const { waiting, terminated, running } = container.state ?? {}
    if (waiting?.reason) reason = waiting.reason
    else if (terminated) {
      reason = terminated.reason || endOf(terminated)
      if (terminated.exitCode !== 0) failed = reason
    } else if (container.ready && running) {
      hasRunning = true
      tally.ready++
    }
  }
  if (reason !== 'Completed') return reason
  if (hasRunning && pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return 'Running'
  return failed || (hasRunning ? 'NotReady' : reason)
}

function endOf({ signal, exitCode }: NonNullable<ContainerState['terminated']>): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`
}

function finishedAt(state: ContainerStatus['lastState'] | undefined): number {
  const finished = state?.terminated?.finishedAt
  return finished ? Date.parse(finished) : 0
}
