/** When a CronJob's schedule strikes (docs: "CronJob", "Schedule syntax"; the dialect of robfig/cron). */
import { Cron } from 'croner'

export interface Schedule {
  /** The first time after this one. */
  next(afterMs: number): number | undefined
  /** The last time not after `nowMs` and later than `sinceMs`. */
  latest(sinceMs: number, nowMs: number): number | undefined
}

const minuteMs = 60_000
const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: minuteMs, h: 60 * minuteMs }
const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** Throws with a text when it cannot be read. Times without a zone are UTC, as the controller's own. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  if (/TZ/.test(text)) throw new Error('cannot use TZ or CRON_TZ in schedule')
  const every = /^@every (.+)$/.exec(text.trim())
  if (every) return constantDelay(goDuration(every[1]!))
  const pattern = (macros[text.trim()] ?? text).replaceAll('?', '*')
  const cron = new Cron(pattern, { timezone: timeZone, mode: '5-part', paused: true })
  return {
    next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime(),
    latest(sinceMs, nowMs) {
      // The reference itself does not count.
      const at = cron.previousRuns(1, new Date(nowMs + 1000))[0]?.getTime()
      const found = at !== undefined && at > nowMs ? cron.previousRuns(1, new Date(nowMs))[0]?.getTime() : at
      return found !== undefined && found > sinceMs ? found : undefined
    },
  }
}

function constantDelay(delayMs: number): Schedule {
  const period = Math.max(1000, Math.floor(delayMs / 1000) * 1000)
  const next = (afterMs: number): number => Math.floor((afterMs + period) / 1000) * 1000
  return {
    next,
    latest(sinceMs, nowMs) {
      const first = next(sinceMs)
      return first > nowMs ? undefined : first + Math.floor((nowMs - first) / period) * period
    },
  }
}

function goDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) throw new Error(`failed to parse duration @every ${text}`)
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)].reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0)
}
