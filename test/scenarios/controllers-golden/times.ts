/** The time as objects say it, by the clock of whoever is asked: a real control plane has no other than ours, one of ours may have a quicker one. */
import { type Clock, rfc3339 as secondsOf, rfc3339Micro as microsOf, systemClock } from '#base/clock.ts'

export const rfc3339 = (clock: Clock): string => secondsOf(clock.now())
export const rfc3339Micro = (clock: Clock): string => microsOf(clock.now())

/** Runs so many times as fast: what upstream's controllers wait for a minute for is seen in seconds. */
export function quickClock(times: number): Clock {
  const since = systemClock.now()
  return {
    now: () => since + (systemClock.now() - since) * times,
    after: (delayMs, callback) => systemClock.after(delayMs / times, callback),
  }
}
