/** What the runtime holds of one pod: its sandboxes and containers, newest first. */
import type { CriContainerStatus, RuntimeService, SandboxStatus } from '../cri/types.ts'
import { isCriNotFound } from '../cri/errors.ts'
import { containerNameLabel, hashAnnotation, podTerminationGraceAnnotation, podUidLabel, restartCountAnnotation } from './labels.ts'
import { terminationMessage } from './termination-message.ts'

export interface ContainerRecord {
  readonly id: string
  readonly name: string
  readonly sandboxId: string
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  readonly hash: string
  readonly restartCount: number
  readonly image: string
  readonly imageId: string
  /** Milliseconds since the epoch; 0 when not yet. */
  readonly createdAt: number
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  readonly reason: string
  readonly message: string
  readonly logPath: string
  /** As the pod's spec had it when the container was made: all that is known of an orphan's. */
  readonly graceSeconds?: number | undefined
  readonly user?: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] } | undefined
}

export interface PodRuntimeStatus {
  readonly sandboxes: readonly SandboxStatus[]
  readonly containers: readonly ContainerRecord[]
}

export const nothingRuns: PodRuntimeStatus = { sandboxes: [], containers: [] }

export function readySandbox(status: PodRuntimeStatus): SandboxStatus | undefined {
  const newest = status.sandboxes[0]
  return newest?.state === 'SANDBOX_READY' ? newest : undefined
}

/** The newest container of that name. */
export function latest(status: PodRuntimeStatus, name: string): ContainerRecord | undefined {
  return status.containers.find((each) => each.name === name)
}

export function previous(status: PodRuntimeStatus, name: string): ContainerRecord | undefined {
  return status.containers.filter((each) => each.name === name)[1]
}

/** Whatever the runtime puts first: the first is of the node's first family, where there is one (upstream: PodStatus.IPs). */
export function podIps(sandbox: SandboxStatus | undefined, nodeAddress?: string): string[] {
  if (!sandbox?.network?.ip) return []
  const all = [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)]
  if (nodeAddress === undefined || all.length === 1) return all
  const isFirst = (ip: string) => ip.includes(':') === nodeAddress.includes(':')
  return [...all.filter(isFirst), ...all.filter((ip) => !isFirst(ip))]
}

/** Asks the runtime. Exited containers do not change, so what `known` says of them is not asked again. */
export async function readPodRuntime(runtime: RuntimeService, uid: string, known: PodRuntimeStatus = nothingRuns): Promise<PodRuntimeStatus> {
  const labels = { [podUidLabel]: uid }
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(labels), runtime.listContainers(labels)])
  const exited = new Map(known.containers.filter((each) => each.state === 'exited').map((each) => [each.id, each]))
  const [sandboxStatuses, records] = await Promise.all([
    Promise.all(sandboxes.map(({ id }) => runtime.podSandboxStatus(id).catch(ignoreNotFound))),
    Promise.all(
      containers.map(async ({ id, podSandboxId }) => {
        const before = exited.get(id)
        if (before) return before
        const status = await runtime.containerStatus(id).catch(ignoreNotFound)
        return status ? toRecord(status, podSandboxId) : undefined
      }),
    ),
  ])
  return {
    sandboxes: sandboxStatuses.filter((each) => each !== undefined).sort((a, b) => b.createdAt - a.createdAt),
    containers: records.filter((each) => each !== undefined).sort((a, b) => b.createdAt - a.createdAt || b.restartCount - a.restartCount),
  }
}

/** The same with a sandbox that has just been made: nothing else is asked again. */
export async function withSandbox(runtime: RuntimeService, known: PodRuntimeStatus, id: string): Promise<PodRuntimeStatus> {
  return { ...known, sandboxes: [await runtime.podSandboxStatus(id), ...known.sandboxes.filter((each) => each.id !== id)] }
}

/** The same with a container that has just been made. */
export async function withContainer(runtime: RuntimeService, known: PodRuntimeStatus, sandboxId: string, id: string): Promise<PodRuntimeStatus> {
  const record = toRecord(await runtime.containerStatus(id), sandboxId)
  return { ...known, containers: [record, ...known.containers.filter((each) => each.id !== id)] }
}

export function ignoreNotFound(error: unknown): undefined {
  if (!isCriNotFound(error)) throw error
}

const states = { CONTAINER_CREATED: 'created', CONTAINER_RUNNING: 'running', CONTAINER_EXITED: 'exited', CONTAINER_UNKNOWN: 'unknown' } as const
const toMs = (nanoseconds: number): number => (nanoseconds > 0 ? Math.floor(nanoseconds / 1e6) : 0)

export function toRecord(status: CriContainerStatus, sandboxId: string): ContainerRecord {
  const state = states[status.state]
  const ended = state === 'exited' || state === 'unknown'
  const user = status.user?.linux
  return {
    id: status.id,
    name: status.labels[containerNameLabel] ?? status.metadata.name,
    sandboxId,
    state,
    hash: status.annotations[hashAnnotation] ?? '',
    restartCount: Number(status.annotations[restartCountAnnotation] ?? status.metadata.attempt),
    image: status.image?.image ?? '',
    imageId: status.imageRef,
    createdAt: toMs(status.createdAt),
    startedAt: toMs(status.startedAt),
    finishedAt: toMs(status.finishedAt),
    exitCode: status.exitCode,
    reason: ended ? status.reason || (status.exitCode === 0 ? 'Completed' : 'Error') : status.reason,
    message: ended ? terminationMessage(status) : '',
    logPath: status.logPath,
    ...(podTerminationGraceAnnotation in status.annotations ? { graceSeconds: Number(status.annotations[podTerminationGraceAnnotation]) } : {}),
    ...(user ? { user } : {}),
  }
}
