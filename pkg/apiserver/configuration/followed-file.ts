/** A file that is read again while the server runs: at once where the system tells of changes, and every minute (upstream: util/filesystem's WatchUntil). */
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'

export interface FollowedFile {
  readonly path: string
  /** What was read when the server started. */
  readonly text: string
  readonly clock: Clock
  readonly log: Logger
  /** Told of each other text once; what it throws is written down, and everything stays as it was. */
  readonly apply: (text: string) => void
}

const everyMs = 60_000

/** Runs in the background until the signal. */
export type Background = (signal: AbortSignal) => void

export function followFile({ path, text, clock, log, apply }: FollowedFile): Background {
  let last = text
  const look = (): void => {
    let now: string
    try {
      now = readFileSync(path, 'utf8')
    } catch (error) {
      log.warn('a configuration file cannot be read again', { path, error })
      return
    }
    if (now === last) return
    last = now
    try {
      apply(now)
      log.info('a configuration file was read again', { path })
    } catch (error) {
      log.error('a configuration file has changed to what cannot be used; what was there before stays', { path, error })
    }
  }
  return (signal) => {
    const watcher = watching(path, look)
    signal.addEventListener('abort', () => watcher?.close())
    void (async () => {
      while (!signal.aborted) {
        await sleep(clock, everyMs, signal)
        if (!signal.aborted) look()
      }
    })()
  }
}

/** Of the folder: editors and mounted volumes put another file in the old one's place. */
function watching(path: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, look)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
