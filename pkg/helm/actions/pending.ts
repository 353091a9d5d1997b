/**
 * A release never stays stuck: an operation of this helm leaves a sign of life in its record while it works; when that sign
 * is old, the operation died, and the next command takes its record for failed and goes on. The original never does.
 */
import type { Release } from '../release/release.ts'
import { isPending } from '../release/release.ts'
import { epochMs } from '../release/time.ts'
import type { ActionContext } from './types.ts'

/** How often a working operation says that it lives. */
export const beatMs = 10_000
/** Silence that means death. */
const silenceMs = 45_000
/** An original Helm leaves no sign; its operations count as dead after this. */
const foreignSilenceMs = 60 * 60_000

const pendingMessage = 'another operation (install/upgrade/rollback) is in progress'

/** Milliseconds of silence that are left until the operation at work on a release counts as dead; not positive when it does. */
const untilStale = ({ heartbeat, info }: Release, nowMs: number): number =>
  heartbeat === undefined ? epochMs(info.lastDeployed) + foreignSilenceMs - nowMs : heartbeat + silenceMs - nowMs

export function isStale(release: Release, nowMs: number): boolean {
  if (!isPending(release.info.status) && release.info.status !== 'uninstalling') return false
  return untilStale(release, nowMs) < 0
}

/** The original's refusal; how long it holds at most is said before it. */
export function refusePending({ log, clock }: ActionContext, release: Release): never {
  const seconds = Math.max(1, Math.ceil(untilStale(release, clock.now()) / 1000))
  log('WARN', 'an operation is under way, or has died; without a sign of life it is taken for failed', { status: release.info.status, after: `${seconds}s` })
  throw new Error(pendingMessage)
}

/** Writes a dead operation down as failed. */
export async function recoverStale(context: ActionContext, release: Release): Promise<void> {
  const { status } = release.info
  context.log('WARN', 'an earlier operation was interrupted; its revision is taken for failed', { name: release.name, revision: release.version, status })
  release.info.status = 'failed'
  release.info.description = `Interrupted while ${status}; recovered by the next command`
  await context.storage.update(release)
}

/** Keeps the sign of life going while `run` works. */
export async function withHeartbeat<T>({ storage }: ActionContext, release: Release, run: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void storage.beat(release).catch(() => {}), beatMs)
  timer.unref()
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
