/**
 * Brings something outside (rules, addresses, routes) to what is wanted, one transaction at a time; what changes meanwhile
 * goes into the next. A run that fails is repeated with back-off until it succeeds or the signal aborts.
 */
import { type Clock, sleep } from '#base/clock.ts'

export interface SerialSyncOptions {
  /**
   * One run. It reads what is wanted itself. `attempt` counts the failures before it: after one, what is outside may be
   * other than was thought.
   */
  readonly run: (attempt: number) => Promise<void>
  readonly failed: (error: unknown, attempt: number) => void
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly retryBaseMs?: number
  readonly retryLimitMs?: number
}

export interface SerialSync {
  /** What is wanted may have changed. Before `start` this is only noted. */
  touch(): void
  /** The first run; resolves when it is done. From then on each touch leads to a run. */
  start(): Promise<void>
  /** Resolves when nothing is left to do. */
  settled(): Promise<void>
}

export function createSerialSync({ run, failed, clock, signal, retryBaseMs = 500, retryLimitMs = 30_000 }: SerialSyncOptions): SerialSync {
  let dirty = false
  let started = false
  let running: Promise<void> | undefined

  async function untilDone(): Promise<void> {
    // The rest of this tick's events come along.
    await Promise.resolve()
    for (let attempt = 0; !signal.aborted; attempt++) {
      dirty = false
      try {
        await run(attempt)
        return
      } catch (error) {
        failed(error, attempt)
        await sleep(clock, Math.min(retryBaseMs * 2 ** attempt, retryLimitMs), signal)
      }
    }
  }
  function kick(): void {
    running ??= untilDone().finally(() => {
      running = undefined
      if (dirty && !signal.aborted) kick()
    })
  }
  return {
    touch() {
      dirty = true
      if (started) kick()
    },
    async start() {
      await untilDone()
      started = true
      if (dirty) kick()
    },
    async settled() {
      while (running) await running
    },
  }
}
