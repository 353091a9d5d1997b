/** Stops containers and pods: preStop hooks, grace periods, sidecars last and in reverse. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { KubeletContext } from '../context.ts'
import { isCriNotFound } from '../cri/errors.ts'
import { runHook } from '../hooks/run-hook.ts'
import type { ContainerEntry } from '../types.ts'
import { containersOf, fieldPathOf } from './containers.ts'
import { kernelStopSignal } from './stop-signal.ts'
import { type ContainerRecord, podIps, type PodRuntimeStatus, readySandbox } from './pod-runtime.ts'

/** Even a container with no grace left gets this long to end by itself. */
const minGraceSeconds = 2

export interface KillContainerInput {
  /** Undefined for an orphan, whose spec nobody knows. */
  readonly pod: Pod | undefined
  readonly entry: ContainerEntry | undefined
  readonly record: ContainerRecord
  readonly podIp: string
  readonly graceSeconds: number
  readonly message?: string
}

export async function killContainer({ cri, clock, recorder, log, metrics }: KubeletContext, input: KillContainerInput): Promise<void> {
  const { pod, entry, record, podIp, graceSeconds } = input
  const message = input.message || `Stopping container ${record.name}`
  if (pod && record.state === 'running') recorder.event(pod, 'Normal', 'Killing', message, entry ? fieldPathOf(entry) : '')
  let left = graceSeconds
  const preStop = entry?.container.lifecycle?.preStop
  if (pod && entry && preStop && left > 0 && record.state === 'running') {
    const startedAt = clock.now()
    const hook = runHook({
      handler: preStop,
      container: entry.container,
      containerId: record.id,
      podIp,
      runtime: cri.runtime,
      clock,
      timeoutSeconds: left,
      onFallback(reason, text) {
        metrics.hookFallbacks.add()
        recorder.event(pod, 'Warning', reason, text, fieldPathOf(entry))
      },
    }).catch((error) => {
      recorder.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', fieldPathOf(entry))
      log.debug('preStop hook failed', { container: record.name, error })
    })
    await withTimeout(clock, hook, left * 1000)
    left -= Math.floor((clock.now() - startedAt) / 1000)
  }
  // A grace of 0 asks for an end at once; what a hook has used up still leaves the least.
  const timeout = graceSeconds === 0 ? 0 : Math.max(minGraceSeconds, left)
  try {
    if (entry && timeout > 0) await sendOwnSignal(cri, clock, entry.container, record.id, timeout)
    await cri.runtime.stopContainer(record.id, timeout)
  } catch (error) {
    if (!isCriNotFound(error)) throw error
  }
}

const signalPollMs = 100

/** A stop signal of the container's own goes before the runtime's, which knows of none until CRI's field is in common use. */
async function sendOwnSignal(cri: KubeletContext['cri'], clock: Clock, container: Container, id: string, timeoutSeconds: number): Promise<void> {
  const signal = kernelStopSignal(container)
  if (!signal) return
  const { info } = await cri.runtime.containerStatusVerbose(id)
  const { pid } = JSON.parse(info.info ?? '{}') as { pid?: number }
  if (!pid) return
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended, or the machine knows no such signal: the runtime's stop follows.
    return
  }
  const until = clock.now() + timeoutSeconds * 1000
  while (clock.now() < until && (await cri.runtime.containerStatus(id)).state === 'CONTAINER_RUNNING') await sleep(clock, signalPollMs)
}

function withTimeout(clock: Clock, work: Promise<void>, ms: number): Promise<void> {
  const stop = new AbortController()
  return Promise.race([work, sleep(clock, ms, stop.signal)]).finally(() => stop.abort())
}

export interface KillPodInput {
  readonly pod: Pod | undefined
  readonly runtime: PodRuntimeStatus
  readonly graceSeconds: number
  readonly nodeAddress: string
}

/** Stops every running container, then the sandboxes. */
export async function killPod(context: KubeletContext, { pod, runtime, graceSeconds, nodeAddress }: KillPodInput): Promise<void> {
  const entries = new Map((pod ? containersOf(pod) : []).map((entry) => [entry.container.name, entry]))
  const podIp = pod?.spec.hostNetwork ? nodeAddress : (podIps(readySandbox(runtime), nodeAddress)[0] ?? '')
  if (pod?.metadata.deletionTimestamp && graceSeconds > 0) await context.drain(podIp)
  const alive = runtime.containers.filter(({ state }) => state === 'running' || state === 'unknown')
  const isSidecar = ({ name }: ContainerRecord) => entries.get(name)?.kind === 'sidecar'
  const endsAt = context.clock.now() + graceSeconds * 1000
  const kill = (record: ContainerRecord, seconds: number) =>
    killContainer(context, { pod, entry: entries.get(record.name), record, podIp, graceSeconds: seconds })
  await all(alive.filter((record) => !isSidecar(record)).map((record) => kill(record, graceSeconds)))
  // Sidecars serve the others to their end: the last one begun goes first.
  const order = [...entries.keys()]
  const sidecars = alive.filter(isSidecar).sort((a, b) => order.indexOf(b.name) - order.indexOf(a.name))
  for (const record of sidecars) await kill(record, graceSeconds === 0 ? 0 : Math.max(minGraceSeconds, Math.ceil((endsAt - context.clock.now()) / 1000)))
  for (const { id, state } of runtime.sandboxes) {
    if (state !== 'SANDBOX_READY') continue
    await context.cri.runtime.stopPodSandbox(id).catch((error) => {
      if (!isCriNotFound(error)) throw error
    })
  }
}

async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}

/** Removes a stopped pod's containers and sandboxes from the runtime. */
export async function removePod({ cri }: KubeletContext, runtime: PodRuntimeStatus): Promise<void> {
  const ignore = (error: unknown) => {
    if (!isCriNotFound(error)) throw error
  }
  for (const { id } of runtime.containers) await cri.runtime.removeContainer(id).catch(ignore)
  for (const { id } of runtime.sandboxes) await cri.runtime.removePodSandbox(id).catch(ignore)
}
