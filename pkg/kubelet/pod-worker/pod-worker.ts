/**
 * One pod's life on the node (upstream's pod worker). Whatever happens (a new spec, an exit, a probe's verdict, a deletion) comes in
 * here and asks for a step; `states.ts` says which states there are, and each has its step: `sync.ts`, `terminate.ts`, `clean-up.ts`.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import type { PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import type { PodFailure } from '../status/types.ts'
import { asksForAStep } from './changes.ts'
import { cleanUp } from './clean-up.ts'
import { isOver, PodLife } from './pod-life.ts'
import type { PodState } from './states.ts'
import { StepLoop } from './step-loop.ts'
import { sync } from './sync.ts'
import { terminate } from './terminate.ts'
import type { Step, StepTools } from './types.ts'

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

const steps: Readonly<Record<PodState, Step>> = {
  syncing: sync,
  terminating: terminate,
  terminated: cleanUp,
  finished: async () => undefined,
}

export class PodWorker {
  readonly uid: string
  readonly #context: KubeletContext
  readonly #life: PodLife
  /** Has not taken a step yet. */
  #isNew = true
  readonly #loop: StepLoop
  readonly #tools: StepTools
  readonly #onFinished: (uid: string) => void
  readonly #ended = Promise.withResolvers<void>()

  constructor({ context, pod, runtime, rejection, onFinished }: PodWorkerOptions) {
    this.uid = pod.metadata.uid
    this.#context = context
    this.#onFinished = onFinished
    this.#life = new PodLife(context, pod, runtime)
    this.#loop = new StepLoop({ clock: context.clock, step: () => this.#step(), onError: (error) => this.#failed(error) })
    this.#tools = { context, life: this.#life, end: (graceSeconds) => this.#end(graceSeconds), isClosing: () => this.#loop.isClosed }
    if (rejection) {
      this.#life.isRejected = true
      this.#life.failure = { reason: rejection.reason, message: `Pod was rejected: ${rejection.message}` }
      this.#end(0)
    }
    if (pod.metadata.deletionTimestamp) this.#end(pod.metadata.deletionGracePeriodSeconds)
    if (isOver(pod)) this.#end()
    this.wake()
  }

  get pod(): Pod {
    return this.#life.pod
  }

  get state(): PodState {
    return this.#life.state
  }

  /** The API, or the manifests, know it no more. */
  get isOrphan(): boolean {
    return this.#life.isOrphan
  }

  get runtime(): PodRuntimeStatus {
    return this.#life.runtime
  }

  /** Not over: it counts against the node's resources. */
  get isActive(): boolean {
    return this.#life.isActive
  }

  /** Resolves when none of its containers runs and its last status is written (or cannot be). */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** For tests: when it will look again by itself. */
  get nextAt(): number {
    return this.#loop.nextAt
  }

  /** The pod as the API has it now. */
  update(pod: Pod): void {
    const before = this.#life.pod
    if (pod.metadata.resourceVersion === before.metadata.resourceVersion) return
    this.#life.pod = pod
    if (pod.metadata.deletionTimestamp) this.#end(pod.metadata.deletionGracePeriodSeconds)
    if (asksForAStep(before, pod)) this.wake()
  }

  /** The API no longer has the pod. */
  removed(): void {
    this.#life.isOrphan = true
    this.#end(this.#life.pod.metadata.deletionGracePeriodSeconds ?? this.#life.graceSeconds)
    this.wake()
  }

  /** Ends the pod for a reason of the node's, as an eviction or a shutdown. */
  fail(failure: PodFailure, graceSeconds?: number): void {
    if (this.#life.failure || this.#life.state !== 'syncing') return
    this.#life.failure = failure
    this.#end(graceSeconds)
    this.wake()
  }

  /** The runtime has news of this pod. */
  runtimeChanged(): void {
    this.#life.becomeStale()
    this.wake()
  }

  wake(): void {
    this.#life.onNews?.()
    this.#loop.wake()
  }

  /** The kubelet stops; containers run on. */
  close(): Promise<void> {
    return this.#loop.close()
  }

  #end(graceSeconds?: number): void {
    const { state, pod } = this.#life
    const isShorter = this.#life.shortenGrace(graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30)
    this.#life.move('end')
    if (state === 'syncing') {
      this.#life.starting.abort()
      this.#context.probes.stopLivenessAndStartup(this.uid)
    } else if (state === 'terminating' && isShorter) this.#hurry()
    else if (state === 'terminated') this.wake()
  }

  /** The grace has become shorter while containers are being stopped: a second, quicker stop ends the first. */
  #hurry(): void {
    const { runtime, graceSeconds } = this.#life
    for (const { id, state } of runtime.containers) {
      if (state === 'running') void this.#context.cri.runtime.stopContainer(id, graceSeconds).catch(() => {})
    }
  }

  /** The step of the state it is in; and where that led to another state, that one's at once. */
  async #step(): Promise<number | undefined> {
    const { clock, metrics } = this.#context
    for (;;) {
      await this.#life.look(this.#context)
      const before = this.#life.state
      const began = clock.now()
      const againInMs = await steps[before](this.#tools)
      metrics.podWorker.observe((clock.now() - began) / 1000, { operation_type: before !== 'syncing' ? 'kill' : this.#isNew ? 'create' : 'sync' })
      this.#isNew = false
      if (this.#life.state === before) return before === 'finished' ? undefined : (againInMs ?? ms(this.#context.configuration.syncFrequency))
      this.#entered(this.#life.state)
      if (this.#loop.isClosed) return undefined
    }
  }

  #entered(state: PodState): void {
    if (state === 'terminated') void this.#context.statuses.settled(this.uid).then(this.#ended.resolve)
    if (state === 'finished') this.#onFinished(this.uid)
  }

  #failed(error: unknown): void {
    const { namespace, name } = this.pod.metadata
    this.#context.log.warn('pod sync failed', { pod: `${namespace}/${name}`, state: this.state, error })
    this.#life.becomeStale()
  }
}
