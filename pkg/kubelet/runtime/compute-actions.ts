/** Compares what a pod should be with what runs, and says what to do next. Pure; upstream's computePodActions with native sidecars. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { ContainerEntry } from '../types.ts'
import { containersOf } from './containers.ts'
import { containerHash } from './labels.ts'
import { type ContainerRecord, latest, type PodRuntimeStatus } from './pod-runtime.ts'
import { ruleFor } from './restart-all.ts'

/** What the probes say of a container; undefined where there is no result. */
export interface ProbeView {
  liveness(containerId: string): boolean | undefined
  startup(containerId: string): boolean | undefined
  /** Running, and past its startup probe. */
  started(container: Container, record: ContainerRecord | undefined): boolean
}

export interface ContainerKill {
  readonly record: ContainerRecord
  readonly entry: ContainerEntry | undefined
  readonly message: string
  readonly reason: 'liveness' | 'startup' | 'changed' | 'other'
}

export interface PodActions {
  /** Stop everything first: the sandbox is dead or must not be used on. */
  readonly killPod: boolean
  readonly createSandbox: boolean
  readonly attempt: number
  readonly sandboxId: string | undefined
  readonly start: readonly ContainerEntry[]
  readonly kill: readonly ContainerKill[]
}

export function computeActions(pod: Pod, status: PodRuntimeStatus, probes: ProbeView): PodActions {
  const entries = containersOf(pod)
  const sandbox = sandboxState(pod, status)
  if (sandbox.changed) return onNewSandbox(pod, entries, status, sandbox)

  const start: ContainerEntry[] = []
  const kill: ContainerKill[] = []
  for (const entry of entries) {
    if (entry.kind === 'ephemeral' && !latest(status, entry.container.name)) start.push(entry)
  }
  const initialized = initActions(pod, entries, status, probes, start, kill)
  if (initialized) {
    let running = 0
    const regular = entries.filter(({ kind }) => kind === 'regular')
    for (const entry of regular) {
      const record = latest(status, entry.container.name)
      if (record?.state !== 'running') {
        if (shouldRestart(pod, entry.container, record)) {
          start.push(entry)
          running++
        } else if (record?.state === 'unknown') kill.push({ record, entry, message: unknownState(record), reason: 'other' })
        continue
      }
      const verdict = whyKill(entry, record, probes)
      if (!verdict) {
        running++
        continue
      }
      kill.push({ record, entry, ...verdict })
      if (verdict.reason === 'changed' || mayRestart(pod, entry.container)) {
        start.push(entry)
        running++
      }
    }
    // Every regular container is done for good: the sidecars and the sandbox go as well.
    if (running === 0) return { killPod: true, createSandbox: false, attempt: sandbox.attempt, sandboxId: sandbox.id, start: [], kill: [] }
  }
  return { killPod: false, createSandbox: false, attempt: sandbox.attempt, sandboxId: sandbox.id, start, kill }
}

interface SandboxState {
  readonly changed: boolean
  readonly attempt: number
  readonly id: string | undefined
}

export function sandboxState({ spec }: Pod, status: PodRuntimeStatus): SandboxState {
  const newest = status.sandboxes[0]
  if (!newest) return { changed: true, attempt: 0, id: undefined }
  const next = { changed: true, attempt: newest.metadata.attempt + 1, id: newest.id }
  const readyCount = status.sandboxes.filter(({ state }) => state === 'SANDBOX_READY').length
  if (readyCount > 1 || newest.state !== 'SANDBOX_READY') return next
  const mode = newest.linux?.namespaces?.options?.network
  if (mode !== undefined && (mode === 'NODE') !== (spec.hostNetwork === true)) return { ...next, id: undefined }
  if (!spec.hostNetwork && !newest.network?.ip) return next
  return { changed: false, attempt: newest.metadata.attempt, id: newest.id }
}

/** Without a usable sandbox: everything is begun afresh, if anything is still to run. */
function onNewSandbox(pod: Pod, entries: readonly ContainerEntry[], status: PodRuntimeStatus, sandbox: SandboxState): PodActions {
  const base = { killPod: true, attempt: sandbox.attempt, sandboxId: sandbox.id, kill: [] }
  const never = { ...base, createSandbox: false, start: [] }
  if (pod.spec.restartPolicy === 'Never' && sandbox.attempt !== 0 && status.containers.length > 0) return never
  const regular = entries.filter(({ kind }) => kind === 'regular')
  const toStart = regular.filter(({ container }) => {
    const record = latest(status, container.name)
    // One that ran in the dead sandbox counts as exited, and one that completed must not run again.
    return pod.spec.restartPolicy === 'OnFailure' ? !(record?.state === 'exited' && record.exitCode === 0) : true
  })
  if (toStart.length === 0) {
    const initsDone = entries.filter(({ kind }) => kind === 'init').every(({ container }) => latest(status, container.name)?.exitCode === 0)
    if (initsDone) return never
  }
  const first = entries.find(({ kind }) => kind === 'init' || kind === 'sidecar')
  return { ...base, createSandbox: true, start: first ? [first] : toStart }
}

/** Init containers in order; a sidecar lets the next begin once it has started. Answers whether the regular containers may run. */
function initActions(
  pod: Pod,
  entries: readonly ContainerEntry[],
  status: PodRuntimeStatus,
  probes: ProbeView,
  start: ContainerEntry[],
  kill: ContainerKill[],
): boolean {
  const inits = entries.filter(({ kind }) => kind === 'init' || kind === 'sidecar')
  if (inits.length === 0) return true
  // What ran in an earlier sandbox, as before a reboot of the node, does not count: a new sandbox is initialized anew.
  const sandboxId = status.sandboxes[0]?.id
  const current = (name: string): ContainerRecord | undefined => {
    const record = latest(status, name)
    return record?.sandboxId === sandboxId ? record : undefined
  }
  // Once a regular container has been made, the pod is initialized for good: only sidecars are looked after.
  const initialized = entries.some(({ container, kind }) => kind === 'regular' && current(container.name))
  for (const entry of inits) {
    const record = current(entry.container.name)
    if (entry.kind === 'sidecar') {
      if (record?.state === 'running') {
        const verdict = whyKill(entry, record, probes)
        if (verdict) {
          kill.push({ record, entry, ...verdict })
          start.push(entry)
          if (!initialized) return false
        } else if (!probes.started(entry.container, record) && !initialized) return false
        continue
      }
      if (record?.state === 'unknown') kill.push({ record, entry, message: unknownState(record), reason: 'other' })
      start.push(entry)
      if (!initialized) return false
      continue
    }
    if (initialized) continue
    if (!record) {
      start.push(entry)
      return false
    }
    if (record.state === 'running' || record.state === 'created') return record.state === 'created' ? retryCreated(entry, start) : false
    if (record.state === 'exited' && record.exitCode === 0) continue
    if (record.state === 'unknown') kill.push({ record, entry, message: unknownState(record), reason: 'other' })
    // A failed one is tried again unless the pod never restarts; then the pod has failed, and the phase says so.
    if (pod.spec.restartPolicy !== 'Never') start.push(entry)
    return false
  }
  return true
}

/** Made but never started, as when the kubelet died between the two: made again. */
function retryCreated(entry: ContainerEntry, start: ContainerEntry[]): false {
  start.push(entry)
  return false
}

const unknownState = ({ name }: ContainerRecord): string => `Container is in "Unknown" state, try killing it before restart: ${name}`

function whyKill({ container, kind }: ContainerEntry, record: ContainerRecord, probes: ProbeView): Pick<ContainerKill, 'message' | 'reason'> | undefined {
  if (record.hash !== '' && record.hash !== containerHash(container)) {
    return { message: `Container ${container.name} definition changed, will be restarted`, reason: 'changed' }
  }
  const label = kind === 'sidecar' ? 'Init container' : 'Container'
  if (probes.liveness(record.id) === false) return { message: `${label} ${container.name} failed liveness probe, will be restarted`, reason: 'liveness' }
  if (probes.startup(record.id) === false) return { message: `${label} ${container.name} failed startup probe, will be restarted`, reason: 'startup' }
  return undefined
}

function mayRestart(pod: Pod, container: Container): boolean {
  return (container.restartPolicy ?? pod.spec.restartPolicy) !== 'Never'
}

/** Of a container that is not running. */
export function shouldRestart(pod: Pod, container: Container, record: ContainerRecord | undefined): boolean {
  if (pod.metadata.deletionTimestamp) return false
  if (!record || record.state === 'unknown' || record.state === 'created') return true
  if (record.state === 'running') return false
  if (ruleFor(container, record.exitCode)?.action === 'Restart') return true
  const policy = container.restartPolicy ?? pod.spec.restartPolicy
  if (policy === 'Never') return false
  return policy === 'OnFailure' ? record.exitCode !== 0 : true
}
