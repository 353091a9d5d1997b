/**
 * One pod's life on the node, as an explicit machine: syncing → terminating → terminated → finished. One step at a time;
 * whatever happens meanwhile (a new spec, an exit, a probe's verdict, a deletion) asks for another step.
 */
import { rmSync } from 'node:fs'
import type { Pod, PodStatus } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Timer } from '#base/clock.ts'
import { ms } from './configuration/defaults.ts'
import type { KubeletContext } from './context.ts'
import { KeyedBackoff } from './runtime/backoff.ts'
import { killPod, removePod } from './runtime/kill.ts'
import { type PodRuntimeStatus, nothingRuns, readPodRuntime } from './runtime/pod-runtime.ts'
import { syncPod } from './runtime/sync-pod.ts'
import { generateStatus, holdUntilStopped, rejectedStatus } from './status/generate.ts'
import type { PodFailure } from './status/types.ts'
import { AdmissionError } from './topology/types.ts'

export type WorkerState = 'syncing' | 'terminating' | 'terminated' | 'finished'

export interface PodWorkerOptions {
  readonly context: KubeletContext
  readonly pod: Pod
  /** What the runtime holds already, after a restart of the kubelet. */
  readonly runtime?: PodRuntimeStatus
  /** The node refuses the pod: it fails without having run. */
  readonly rejection?: { readonly reason: string; readonly message: string }
  /** All is gone and forgotten: the worker may be dropped. */
  readonly onFinished: (uid: string) => void
}

/** A resize that waits for room is looked at again. */
const resizeRetryMs = 30_000
const minRetryMs = 1000
/** So long the API may wait to hear of a pod's address, where a pull keeps its containers from starting. */
const sandboxReportMs = 300
const maxRetryMs = 60_000

export class PodWorker {
  readonly uid: string
  readonly #context: KubeletContext
  readonly #onFinished: (uid: string) => void
  readonly #waiting = new Map<string, { reason: string; message: string }>()
  readonly #backoff: KeyedBackoff
  #pod: Pod
  #runtime: PodRuntimeStatus
  #state: WorkerState = 'syncing'
  /** The API has no such pod any more (or another of its name): nothing is to be reported. */
  #orphan = false
  #failure: PodFailure | undefined
  #rejected: boolean
  #hasDevices = false
  #graceSeconds: number | undefined
  #stale: boolean
  #asked = false
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #timerAt = 0
  #failures = 0
  #step = new AbortController()
  #closed = false
  readonly #ended = Promise.withResolvers<void>()
  readonly #resyncMs: number

  constructor({ context, pod, runtime, rejection, onFinished }: PodWorkerOptions) {
    this.uid = pod.metadata.uid
    this.#context = context
    this.#pod = pod
    this.#runtime = runtime ?? nothingRuns
    this.#stale = runtime !== undefined
    this.#onFinished = onFinished
    this.#resyncMs = ms(context.configuration.syncFrequency)
    this.#backoff = new KeyedBackoff(context.clock, 10_000, ms(context.configuration.crashLoopBackOff.maxContainerRestartPeriod))
    this.#rejected = rejection !== undefined
    if (rejection) {
      this.#failure = { reason: rejection.reason, message: `Pod was rejected: ${rejection.message}` }
      this.#terminate(0)
    }
    if (pod.metadata.deletionTimestamp) this.#terminate(pod.metadata.deletionGracePeriodSeconds)
    if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') this.#terminate(undefined)
    this.wake()
  }

  get pod(): Pod {
    return this.#pod
  }

  get state(): WorkerState {
    return this.#state
  }

  get runtime(): PodRuntimeStatus {
    return this.#runtime
  }

  /** The pod as the API has it now. */
  update(pod: Pod): void {
    if (pod.metadata.resourceVersion === this.#pod.metadata.resourceVersion) return
    const before = this.#pod
    this.#pod = pod
    if (pod.metadata.deletionTimestamp) this.#terminate(pod.metadata.deletionGracePeriodSeconds)
    // Our own writes of the status come back here; they ask for nothing.
    const same =
      before.metadata.generation === pod.metadata.generation &&
      before.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
      before.metadata.deletionGracePeriodSeconds === pod.metadata.deletionGracePeriodSeconds &&
      JSON.stringify([before.spec, before.metadata.labels, before.metadata.annotations, foreign(before)]) ===
        JSON.stringify([pod.spec, pod.metadata.labels, pod.metadata.annotations, foreign(pod)])
    if (!same) this.wake()
  }

  /** The API no longer has the pod. */
  removed(): void {
    this.#orphan = true
    this.#terminate(this.#graceSeconds ?? this.#pod.metadata.deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds)
    this.wake()
  }

  /** Not over: it counts against the node's resources. */
  get isActive(): boolean {
    const { phase } = this.#pod.status ?? {}
    return !this.#rejected && (this.#state === 'syncing' || this.#state === 'terminating') && phase !== 'Failed' && phase !== 'Succeeded'
  }

  /** Ends the pod for a reason of the node's, as an eviction or a passed deadline. */
  fail(failure: PodFailure, graceSeconds?: number): void {
    if (this.#failure || this.#state !== 'syncing') return
    this.#failure = failure
    this.#terminate(graceSeconds ?? this.#pod.spec.terminationGracePeriodSeconds)
    this.wake()
  }

  /** Resolves when none of its containers runs and its last status is written (or cannot be). */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** The runtime has news of this pod. */
  runtimeChanged(): void {
    this.#stale = true
    this.wake()
  }

  wake(): void {
    if (this.#closed) return
    if (this.#running) {
      this.#asked = true
      return
    }
    this.#timer?.cancel()
    this.#timer = undefined
    this.#asked = false
    // In a turn of its own: what the step's first moments cause must find it running, or a second one would begin beside it.
    this.#running = Promise.resolve()
      .then(() => this.#run())
      .finally(() => {
        this.#running = undefined
        if (this.#asked) this.wake()
      })
  }

  /** The kubelet stops; containers run on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #terminate(graceSeconds: number | undefined): void {
    const grace = graceSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30
    // A shorter grace may come later; a longer one never does.
    const shorter = this.#graceSeconds !== undefined && grace < this.#graceSeconds
    this.#graceSeconds = Math.min(grace, this.#graceSeconds ?? Number.POSITIVE_INFINITY)
    if (this.#state === 'syncing') {
      this.#state = 'terminating'
      this.#step.abort()
      this.#context.probes.stopLivenessAndStartup(this.uid)
    } else if (this.#state === 'terminating' && shorter) this.#hurry()
    if (this.#state === 'terminated') this.wake()
  }

  /** The grace has become shorter while containers are being stopped: a second, quicker stop ends the first. */
  #hurry(): void {
    const grace = this.#graceSeconds ?? 0
    for (const { id, state } of this.#runtime.containers) {
      if (state === 'running') void this.#context.cri.runtime.stopContainer(id, grace).catch(() => {})
    }
  }

  async #run(): Promise<void> {
    try {
      const againInMs = await this.#doStep()
      this.#failures = 0
      if (this.#state !== 'finished') this.#later(againInMs ?? this.#resyncMs)
    } catch (error) {
      const waitMs = Math.min(maxRetryMs, minRetryMs * 2 ** this.#failures++)
      this.#context.log.warn('pod sync failed', { pod: `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`, state: this.#state, error })
      this.#stale = true
      this.#later(waitMs)
    }
  }

  #later(ms: number): void {
    if (this.#closed || this.#asked) return
    this.#timerAt = this.#context.clock.now() + ms
    this.#timer = this.#context.clock.after(ms, () => this.wake())
  }

  async #doStep(): Promise<number | undefined> {
    if (this.#stale) {
      this.#stale = false
      this.#runtime = await readPodRuntime(this.#context.cri.runtime, this.uid, this.#runtime)
      this.#context.probes.containersChanged(this.uid)
    }
    switch (this.#state) {
      case 'syncing':
        return this.#sync()
      case 'terminating':
        return this.#end()
      case 'terminated':
        return this.#cleanUp()
      case 'finished':
        return undefined
    }
  }

  async #sync(): Promise<number | undefined> {
    const { probes, clock } = this.#context
    probes.add(this.#pod)
    const deadlineInMs = this.#deadline()
    if (this.#state !== 'syncing') return this.#end()
    if (!(await this.#takeDevices())) return this.#end()
    const status = this.#report()
    // All containers are done for good.
    if (status.phase === 'Succeeded' || status.phase === 'Failed') {
      this.#terminate(this.#pod.spec.terminationGracePeriodSeconds)
      return this.#end()
    }
    this.#step = new AbortController()
    const { allocations, resizes } = this.#context
    resizes.consider(this.#pod)
    let soon: Timer | undefined
    const { runtime, againInMs } = await syncPod(this.#context, {
      pod: allocations.allocated(this.#pod),
      runtime: this.#runtime,
      backoff: this.#backoff,
      waiting: this.#waiting,
      onProgress: (now, step) => {
        this.#runtime = now
        soon?.cancel()
        // A container follows at once as a rule, and one write tells of both.
        if (step === 'sandbox') soon = clock.after(sandboxReportMs, () => this.#report())
        else this.#report()
      },
      signal: this.#step.signal,
    }).finally(() => soon?.cancel())
    this.#runtime = runtime
    this.#report()
    if (this.state !== 'syncing') {
      this.#asked = true
      return undefined
    }
    const refreshAt = this.#context.volumes.refreshAt(this.uid)
    const retryMs = resizes.isDeferred(this.uid) ? resizeRetryMs : this.#resyncMs
    return Math.min(
      retryMs,
      againInMs ?? this.#resyncMs,
      deadlineInMs ?? this.#resyncMs,
      refreshAt === undefined ? this.#resyncMs : Math.max(minRetryMs, refreshAt - clock.now()),
    )
  }

  /** What other pods have, or no plugin gives, fails the pod before anything of it has run. */
  async #takeDevices(): Promise<boolean> {
    if (this.#hasDevices) return true
    try {
      await this.#context.topology.admit(this.#pod)
      this.#hasDevices = true
      return true
    } catch (error) {
      if (!(error instanceof AdmissionError)) throw error
      const { reason, message } = error
      this.#context.recorder.event(this.#pod, 'Warning', reason, message)
      this.#failure = { reason, message: `Pod was rejected: ${message}` }
      this.#rejected = true
      this.#terminate(0)
      return false
    }
  }

  /** activeDeadlineSeconds: the pod as a whole may run for so long. */
  #deadline(): number | undefined {
    const limit = this.#pod.spec.activeDeadlineSeconds
    const startTime = this.#context.statuses.get(this.uid)?.startTime ?? this.#pod.status?.startTime
    if (limit === undefined || !startTime) return limit === undefined ? undefined : limit * 1000
    const leftMs = Date.parse(startTime) + limit * 1000 - this.#context.clock.now()
    if (leftMs > 0) return leftMs
    this.#failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    this.#context.recorder.event(this.#pod, 'Normal', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline')
    this.#terminate(this.#pod.spec.terminationGracePeriodSeconds)
    return undefined
  }

  async #end(): Promise<number | undefined> {
    const { cri, probes, nodeAddress } = this.#context
    this.#report()
    await killPod(this.#context, { pod: this.#pod, runtime: this.#runtime, graceSeconds: this.#graceSeconds ?? 30, nodeAddress })
    this.#runtime = await readPodRuntime(cri.runtime, this.uid, this.#runtime)
    if (this.#runtime.containers.some(({ state }) => state === 'running')) throw new Error('containers still run after their pod was stopped')
    probes.remove(this.uid)
    this.#state = 'terminated'
    this.#report()
    void this.#context.statuses.settled(this.uid).then(this.#ended.resolve)
    return this.#cleanUp()
  }

  /** Nothing runs. Volumes and cgroups go; a deleted pod goes from the API as well, and its traces from the runtime. */
  async #cleanUp(): Promise<number | undefined> {
    const { volumes, cgroups, statuses, images, client, paths } = this.#context
    const deleted = this.#orphan || this.#pod.metadata.deletionTimestamp !== undefined
    await volumes.tearDown(this.uid)
    this.#context.topology.release(this.uid)
    await this.#context.claims.release(this.uid)
    cgroups.remove(this.uid)
    images.forgetPod(this.uid)
    if (!deleted) return this.#resyncMs
    if (!this.#orphan) {
      await statuses.settled(this.uid)
      // The last status may not be written: the next kubelet does it, and then deletes the pod.
      if (this.#closed) return undefined
      const { namespace, name } = this.#pod.metadata
      await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid: this.uid } }).catch((error) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
    }
    await this.#removeFromRuntime()
    cgroups.remove(this.uid)
    rmSync(paths.podLogs(this.#pod), { recursive: true, force: true })
    this.#state = 'finished'
    statuses.forget(this.uid)
    this.#context.allocations.forget(this.uid)
    this.#onFinished(this.uid)
    return undefined
  }

  /** The runtime is asked before and after: a call that was given up may have been done since, and must not outlive the pod. */
  async #removeFromRuntime(): Promise<void> {
    const { runtime } = this.#context.cri
    const read = async () => {
      this.#runtime = await readPodRuntime(runtime, this.uid, this.#runtime)
    }
    await read()
    await removePod(this.#context, this.#runtime)
    await read()
    if (this.#runtime.containers.length + this.#runtime.sandboxes.length > 0) throw new Error('the runtime still has something of a pod that was removed')
  }

  #report(): PodStatus {
    const { statuses, probes, nodeAddress, clock, allocations, resizes } = this.#context
    if (this.#rejected) {
      const refused = rejectedStatus(this.#pod, this.#failure!, clock.now())
      if (!this.#orphan) statuses.set(this.#pod, refused)
      return refused
    }
    const before = statuses.get(this.uid) ?? this.#pod.status
    const status = generateStatus({
      pod: allocations.allocated(this.#pod),
      runtime: this.#runtime,
      previous: before,
      probes,
      waiting: this.#waiting,
      actuated: (name) => allocations.actuated(this.#pod, name),
      resizing: resizes.conditions(this.uid),
      nodeAddress,
      nodeAddresses: this.#context.nodeAddresses,
      nowMs: clock.now(),
      terminating: this.#state !== 'syncing',
      recursiveReadOnly: this.#context.runtimeFeatures(this.#runtime.sandboxes[0]?.runtimeHandler ?? '').recursiveReadOnlyMounts,
      terminated: this.#state === 'terminated',
      failure: this.#failure,
    })
    if (!this.#orphan) statuses.set(this.#pod, holdUntilStopped(status, before, this.#runtime))
    return status
  }

  /** For tests: when it will look again by itself. */
  get nextAt(): number {
    return this.#timerAt
  }
}

const ours = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])

/** Conditions that others set: readiness gates count on them. */
function foreign(pod: Pod): unknown {
  return (pod.status?.conditions ?? []).filter(({ type }) => !ours.has(type))
}
