/** One probe of one container: waits, asks, counts, and says when the verdict changes (upstream's prober worker). */
import type { Probe } from '#api/gen/core/v1.ts'
import type { Clock, Timer } from '#base/clock.ts'
import type { Attempt } from './run-probe.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

export interface ProbeWorkerOptions {
  readonly kind: ProbeKind
  readonly probe: Probe
  readonly clock: Clock
  /** Waits of the first attempt are spread after a restart of the kubelet. */
  readonly firstDelayMs: number
  /** The running container, or undefined while there is none. */
  readonly container: () => { readonly id: string; readonly startedAt: number; readonly started: boolean } | undefined
  /** What an earlier kubelet had found of this container. */
  readonly prior?: (containerId: string) => boolean | undefined
  readonly attempt: (containerId: string) => Promise<Attempt>
  readonly onResult: (containerId: string, ok: boolean) => void
  readonly onFailure: (output: string, error: boolean) => void
  readonly onWarning?: (output: string) => void
}

/** Until the first verdict: alive, but neither ready nor started. */
export const initialVerdict: Readonly<Record<ProbeKind, boolean | undefined>> = { liveness: true, readiness: false, startup: undefined }

export class ProbeWorker {
  readonly #options: ProbeWorkerOptions
  #timer: Timer | undefined
  #containerId = ''
  #verdict: boolean | undefined
  #last: boolean | undefined
  #run = 0
  #onHold = false
  #stopped = false
  #busy = false

  constructor(options: ProbeWorkerOptions) {
    this.#options = options
    this.#schedule(options.firstDelayMs)
  }

  get verdict(): { readonly containerId: string; readonly ok: boolean | undefined } {
    return { containerId: this.#containerId, ok: this.#verdict }
  }

  /** Asks at once, as when the container has just started. */
  trigger(): void {
    if (this.#busy || this.#stopped) return
    this.#timer?.cancel()
    this.#schedule(0)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#busy = true
      void this.#tick().finally(() => {
        this.#busy = false
        this.#schedule(this.#nextDelayMs())
      })
    })
  }

  /** A period, or what is left of the initial delay when that is less. */
  #nextDelayMs(): number {
    const { probe, clock, container } = this.#options
    const periodMs = (probe.periodSeconds ?? 10) * 1000
    const startedAt = container()?.startedAt
    const leftMs = startedAt === undefined ? 0 : startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now()
    return leftMs > 0 ? Math.min(periodMs, leftMs) : periodMs
  }

  async #tick(): Promise<void> {
    const { kind, probe, clock, container, attempt, onResult, onFailure } = this.#options
    const current = container()
    if (!current) return
    if (current.id !== this.#containerId) {
      this.#containerId = current.id
      this.#verdict = this.#options.prior?.(current.id) ?? initialVerdict[kind]
      this.#last = undefined
      this.#run = 0
      this.#onHold = false
    }
    if (this.#onHold) return
    if (clock.now() - current.startedAt < (probe.initialDelaySeconds ?? 0) * 1000) return
    // The startup probe goes first, and has its say once.
    if (kind === 'startup' ? current.started : !current.started) return
    let result: Attempt
    let broken = false
    try {
      result = await attempt(current.id)
    } catch (error) {
      result = { ok: false, output: (error as Error).message }
      broken = true
    }
    if (this.#stopped) return
    if (!result.ok) onFailure(result.output, broken)
    else if (result.warning) this.#options.onWarning?.(result.output)
    // An attempt that could not be made says nothing of the container.
    if (broken) return
    if (this.#last === result.ok) this.#run++
    else {
      this.#last = result.ok
      this.#run = 1
    }
    if (this.#run < (result.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3))) return
    if (this.#verdict !== result.ok) {
      this.#verdict = result.ok
      onResult(this.#containerId, result.ok)
    }
    // It is about to be restarted: no more until the next one runs.
    if (!result.ok && kind !== 'readiness') {
      this.#onHold = true
      this.#run = 0
    }
  }
}
