/** Brings a pod's sandbox and containers to what its spec asks: one pass of upstream's SyncPod. */
import { mkdirSync } from 'node:fs'
import type { Pod } from '#api/gen/core/v1.ts'
import { runtimeClasses } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { KubeletContext } from '../context.ts'
import type { SandboxConfig } from '../cri/types.ts'
import type { DownwardFacts } from '../env/field-ref.ts'
import { writeHostsFile } from '../network/hosts.ts'
import { type ContainerEntry, ContainerStartError } from '../types.ts'
import { volumesMayFollow } from '../volumes/may-follow.ts'
import { VolumeError } from '../volumes/volume-manager.ts'
import type { KeyedBackoff } from './backoff.ts'
import { actuateResize } from '../allocation/actuate.ts'
import { computeActions } from './compute-actions.ts'
import { containersOf, fieldPathOf, podLabel } from './containers.ts'
import { killContainer, killPod } from './kill.ts'
import { containerHash } from './labels.ts'
import { ignoreNotFound, latest, podIps, type PodRuntimeStatus, previous, readPodRuntime, withContainer, withSandbox } from './pod-runtime.ts'
import { containersToReset } from './restart-all.ts'
import { sandboxConfig } from './sandbox-config.ts'
import { startContainer } from './start-container.ts'

/** Looked at again when the next relist would see their container: back-off follows from the second failure. */
const retriesAtOnce: ReadonlySet<string> = new Set(['ErrImagePull', 'RegistryUnavailable', 'SignatureValidationFailed', 'RunContainerError'])

export interface SyncInput {
  readonly pod: Pod
  readonly runtime: PodRuntimeStatus
  readonly backoff: KeyedBackoff
  /** Everything is begun anew: what there is of its containers goes first. */
  readonly restartingAll: boolean
  /** When those ended that asked for it: their back-off counts from there, since the runtime has nothing of them any more. */
  readonly askedAt: Map<string, number>
  /** Why containers wait; this pass writes it. */
  readonly waiting: Map<string, { reason: string; message: string }>
  /** Called with the runtime's state after each step that changed it, so that the status may follow. */
  readonly onProgress: (runtime: PodRuntimeStatus, step: 'sandbox' | 'container') => void
  /** Aborted when the pod is to end: no new step is begun. */
  readonly signal: AbortSignal
}

export interface SyncResult {
  readonly runtime: PodRuntimeStatus
  /** When to look again; undefined: only when something changes. */
  readonly againInMs: number | undefined
}

const retryMs = 2000
const claimRetryMs = 10_000

export async function syncPod(context: KubeletContext, input: SyncInput): Promise<SyncResult> {
  const slot = { giveBack: () => {} }
  try {
    return await pass(context, input, slot)
  } finally {
    slot.giveBack()
  }
}

async function pass(context: KubeletContext, input: SyncInput, slot: { giveBack: () => void }): Promise<SyncResult> {
  const { cri, recorder, probes, paths, volumes, cgroups, nodeAddress, nodeAddresses = [nodeAddress] } = context
  const { pod, backoff, waiting, onProgress, signal, askedAt } = input
  const { uid } = pod.metadata
  let runtime = input.runtime
  let againInMs: number | undefined
  const again = (ms: number) => {
    againInMs = againInMs === undefined ? ms : Math.min(againInMs, ms)
  }
  const refresh = async () => {
    runtime = await readPodRuntime(cri.runtime, uid, runtime)
    onProgress(runtime, 'container')
  }
  const facts = (): DownwardFacts => ({
    nodeName: context.nodeName,
    nodeAddresses,
    podIps: pod.spec.hostNetwork ? nodeAddresses : podIps(runtime.sandboxes[0], nodeAddress),
    memoryCapacity: context.memoryCapacity,
    cpuCapacity: context.cpuCapacity,
  })

  if (input.restartingAll) {
    await resetContainers(context, input)
    waiting.clear()
    await refresh()
    probes.containersChanged(uid)
  }
  const resized: ContainerEntry[] = []
  const actions = computeActions(pod, runtime, probes)
  if (actions.killPod && runtime.sandboxes.length > 0) {
    if (actions.createSandbox && actions.sandboxId) recorder.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
    await killPod(context, { pod, runtime, graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30, nodeAddress })
    await refresh()
  }
  for (const { record, entry, message } of actions.kill) {
    const probe =
      record && entry && probes.liveness(record.id) === false
        ? entry.container.livenessProbe
        : probes.startup(record.id) === false
          ? entry?.container.startupProbe
          : undefined
    const graceSeconds = probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
    await killContainer(context, { pod, entry, record, podIp: facts().podIps[0] ?? '', graceSeconds, message })
  }
  for (const entry of await actuateResize(context, pod, runtime)) {
    const record = latest(runtime, entry.container.name)!
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30
    await killContainer(context, {
      pod,
      entry,
      record,
      podIp: facts().podIps[0] ?? '',
      graceSeconds,
      message: `Container ${entry.container.name} resize requires restart`,
    })
    resized.push(entry)
  }
  if (actions.kill.length + resized.length > 0) await refresh()
  if (signal.aborted || (!actions.createSandbox && actions.start.length + resized.length === 0)) {
    // Contents of volumes follow their sources even when nothing is started.
    if (!signal.aborted && runtime.sandboxes.length > 0) await volumes.setUp(pod, facts()).catch(() => again(60_000))
    return { runtime, againInMs }
  }

  const mayFollow = volumesMayFollow(pod)
  // A pod that may have to wait for its volumes waits for them without a slot.
  if (actions.createSandbox && mayFollow) slot.giveBack = await context.startSlots.take(signal)
  if (signal.aborted) return { runtime, againInMs }
  mkdirSync(paths.pod(uid), { recursive: true })
  mkdirSync(paths.podLogs(pod), { recursive: true })
  cgroups.ensure(pod)
  const volumesReady = attempt(volumes.setUp(pod, facts()))
  const withoutVolumes = (error: unknown): SyncResult => {
    if (!(error instanceof VolumeError)) throw error
    for (const { reason, message } of error.events) recorder.event(pod, 'Warning', reason, message)
    // Objects that are missing are watched and wake us when they come; this is for all the rest: 2 s, doubled up to a minute.
    backoff.next(`${uid}/volumes`)
    return { runtime, againInMs: backoff.waitOf(`${uid}/volumes`) / 5 }
  }
  if (!mayFollow) {
    const { error } = await volumesReady
    if (error) return withoutVolumes(error)
    try {
      await context.claims.prepare(pod)
    } catch (error) {
      recorder.event(pod, 'Warning', 'FailedPrepareDynamicResources', `Failed to prepare dynamic resources: ${(error as Error).message}`)
      return { runtime, againInMs: claimRetryMs }
    }
    if (actions.createSandbox) slot.giveBack = await context.startSlots.take(signal)
    if (signal.aborted) return { runtime, againInMs }
  }
  const config = sandboxConfig(context, pod, actions.attempt)
  const sandbox = await attempt(actions.createSandbox ? createSandbox(context, pod, config) : Promise.resolve(actions.sandboxId))
  // Whatever became of the sandbox: nothing may still be mounted when this step is over.
  const { value: mounted, error } = await volumesReady
  if (sandbox.error) {
    context.metrics.startedPodErrors.add()
    if (pod.spec.hostUsers === false) context.metrics.userNamespacedPodErrors.add()
    recorder.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${(sandbox.error as Error).message}`)
    // What failed may be there all the same, in part or whole.
    await refresh()
    return { runtime, againInMs: 5000 }
  }
  const sandboxId = sandbox.value
  if (sandboxId && actions.createSandbox) {
    runtime = await withSandbox(cri.runtime, runtime, sandboxId)
    onProgress(runtime, 'sandbox')
  }
  if (error) return withoutVolumes(error)
  if (!sandboxId || !mounted || signal.aborted) return { runtime, againInMs }
  writeHostsFile(paths.hosts(uid), pod, facts().podIps, context.clusterDomain)

  const start = async (entry: ContainerEntry): Promise<boolean> => {
    const { name } = entry.container
    // Of before this pass: one that the pass itself has stopped starts again at once, and owes for the run before it only.
    const ended = input.runtime.containers.find((each) => each.name === name && each.state === 'exited')
    const left = crashBackoff(pod, entry, ended?.finishedAt ?? askedAt.get(name), backoff)
    if (left) {
      const before = waiting.get(name)
      waiting.set(name, { reason: 'CrashLoopBackOff', message: left.message })
      if (before?.message !== left.message) {
        recorder.event(pod, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${podLabel(pod)}`, fieldPathOf(entry))
      }
      again(left.remainingMs)
      return false
    }
    try {
      const id = await startContainer(context, { pod, entry, sandboxId, sandboxConfig: config, runtime, volumes: mounted, facts: facts(), signal })
      waiting.delete(name)
      askedAt.delete(name)
      runtime = await withContainer(cri.runtime, runtime, sandboxId, id)
      onProgress(runtime, 'container')
      return true
    } catch (error) {
      if (!(error instanceof ContainerStartError)) throw error
      waiting.set(name, { reason: error.reason, message: error.message })
      if (
        /^(ErrImagePull|RegistryUnavailable|SignatureValidationFailed|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError)$/.test(
          error.reason,
        )
      ) {
        recorder.event(pod, 'Warning', 'Failed', `Error: ${error.reason}`, fieldPathOf(entry))
      }
      again(retriesAtOnce.has(error.reason) ? 1000 : error.reason.startsWith('Create') ? retryMs * 2 : 10_000)
      // What failed may be there all the same, in part or whole.
      await refresh()
      return false
    } finally {
      probes.containersChanged(uid)
    }
  }
  // One that was stopped to be resized starts again at once, and owes no back-off.
  for (const { container } of resized) backoff.forget(`${uid}/${container.name}/`)
  let todo: readonly ContainerEntry[] = [...actions.start, ...resized]
  const tried = new Set<string>()
  // A sidecar that has started, or a list that grew by it, lets the next ones begin in the same pass.
  while (todo.length > 0 && !signal.aborted) {
    let started = 0
    for (const entry of todo) {
      if (signal.aborted) break
      tried.add(entry.container.name)
      if (await start(entry)) started++
    }
    if (started === 0) break
    todo = computeActions(pod, runtime, probes).start.filter(({ container }) => !tried.has(container.name))
  }
  await pruneContainers(context, pod, runtime)
  return { runtime, againInMs }
}

async function createSandbox(context: KubeletContext, pod: Pod, config: SandboxConfig): Promise<string> {
  context.metrics.startedPods.add()
  if (pod.spec.hostUsers === false) context.metrics.userNamespacedPods.add()
  const handler = await runtimeHandler(context, pod)
  if (pod.spec.hostUsers === false && !context.runtimeFeatures(handler).userNamespaces) throw new Error(noUserNamespaces(handler))
  return context.cri.runtime.runPodSandbox(config, handler)
}

/** How a promise ended, as a value: it may be looked at later, and its failure is nobody's meanwhile. */
function attempt<T>(work: Promise<T>): Promise<{ readonly value?: T; readonly error?: unknown }> {
  return work.then(
    (value) => ({ value }),
    (error) => ({ error }),
  )
}

/** Without grace and hooks, as upstream: the sandbox, volumes, devices and ephemeral containers stay. */
async function resetContainers(context: KubeletContext, { pod, runtime, askedAt }: SyncInput): Promise<void> {
  const entries = new Map(containersOf(pod).map((entry) => [entry.container.name, entry]))
  for (const { record, asked } of containersToReset(pod, runtime)) {
    if (record.state === 'running' || record.state === 'unknown') {
      await killContainer(context, { pod, entry: entries.get(record.name), record, podIp: '', graceSeconds: 0, message: 'killing' })
    }
    if (asked) askedAt.set(record.name, Math.max(record.finishedAt, askedAt.get(record.name) ?? 0))
    await context.cri.runtime.removeContainer(record.id).catch(ignoreNotFound)
  }
}

/** 10 s, doubled at each end up to 5 min, from the last end of this container. */
function crashBackoff(
  pod: Pod,
  { container }: ContainerEntry,
  endedAt: number | undefined,
  backoff: KeyedBackoff,
): { remainingMs: number; message: string } | undefined {
  if (endedAt === undefined) return undefined
  const key = `${pod.metadata.uid}/${container.name}/${containerHash(container)}`
  const remainingMs = backoff.remaining(key, endedAt)
  if (remainingMs > 0) {
    return { remainingMs, message: `back-off ${formatWait(backoff.waitOf(key))} restarting failed container=${container.name} pod=${podLabel(pod)}` }
  }
  backoff.next(key)
  return undefined
}

/** "10s", "1m20s", "5m0s". */
function formatWait(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

/** A runtime that does not know of user namespaces would start the pod as root of the host, and say nothing. */
function noUserNamespaces(handler: string): string {
  const who = handler === '' ? 'runtime' : `RuntimeClass handler "${handler}"`
  return `can't set \`spec.hostUsers: false\`, ${who} does not support user namespaces`
}

async function runtimeHandler({ client }: KubeletContext, pod: Pod): Promise<string> {
  const name = pod.spec.runtimeClassName
  if (!name) return ''
  try {
    return (await client.get(runtimeClasses, { name })).handler
  } catch (error) {
    if (isNotFound(error)) throw new Error(`failed to get RuntimeClass "${name}": runtimeclasses.node.k8s.io "${name}" not found`)
    throw error
  }
}

/** Of each container the last two runs are kept: the one that runs, and the one before for its log. */
async function pruneContainers({ cri }: KubeletContext, pod: Pod, runtime: PodRuntimeStatus): Promise<void> {
  for (const { container } of containersOf(pod)) {
    const keep = new Set([latest(runtime, container.name)?.id, previous(runtime, container.name)?.id])
    for (const { id, name, state } of runtime.containers) {
      if (name === container.name && !keep.has(id) && state !== 'running') await cri.runtime.removeContainer(id).catch(() => {})
    }
  }
}
