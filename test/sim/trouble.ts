/** What a component's way to the API server suffers: refused and lost answers, conflicts, late and cut watches, its own death. */
import { serviceUnavailable } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import type { SeededRandom } from '#base/seeded-random.ts'
import type { Client } from '#client/types.ts'
import { mortal, unreliable } from '#controllers/testing/faults.ts'

export interface TroubledClient {
  readonly client: Client
  /** Cuts all watches that are open. */
  cut(): void
}

export interface TroubleOptions {
  readonly clock: Clock
  readonly random: SeededRandom
  readonly isTroubled: () => boolean
  /** After so many writes that took effect the process is dead. */
  readonly writesLeft: number
  readonly die: () => void
}

export function troubled(client: Client, { clock, random, isTroubled, writesLeft, die }: TroubleOptions): TroubledClient {
  const open = new Set<() => void>()
  const faulty = unreliable(mortal(client, writesLeft, isTroubled, die), clock, () => random.next(), isTroubled)
  return {
    cut: () => {
      for (const cut of open) cut()
    },
    client: {
      ...faulty,
      async *watch(of, options) {
        const life = new AbortController()
        const cut = (): void => life.abort()
        open.add(cut)
        try {
          const signal = options?.signal ? AbortSignal.any([options.signal, life.signal]) : life.signal
          yield* faulty.watch(of, { ...options, signal })
          if (life.signal.aborted && !options?.signal?.aborted) throw serviceUnavailable('the watch was cut')
        } finally {
          open.delete(cut)
        }
      },
    },
  }
}
