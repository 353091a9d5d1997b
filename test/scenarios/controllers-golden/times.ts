/** The time as objects say it, by the clock of whoever is asked: a real control plane has no other than ours, one of ours may have a quicker one. */
import { type Clock, rfc3339 as secondsOf, rfc3339Micro as microsOf, systemClock } from '#base/clock.ts'

export const rfc3339 = (clock: Clock): string => secondsOf(clock.now())
/** Of a time, in milliseconds. */
export const rfc3339At = secondsOf
export const rfc3339Micro = (clock: Clock): string => microsOf(clock.now())

/** As long as nobody has kept the nodes alive; twice as long is still less than they may be silent. */
const mostAheadMs = 20_000

/**
 * Runs so many times as fast: what upstream's controllers wait for a minute for is seen in seconds. It waits for who keeps the nodes alive
 * (`tended`), so that no machine is too busy for them.
 */
export function quickClock(times: number): Clock & { tended(): void } {
  let [since, from] = [systemClock.now(), systemClock.now()]
  const now = (): number => Math.min(from + (systemClock.now() - since) * times, from + mostAheadMs)
  return {
    now,
    after: (delayMs, callback) => systemClock.after(delayMs / times, callback),
    tended() {
      from = now()
      since = systemClock.now()
    },
  }
}
