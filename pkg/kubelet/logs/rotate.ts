/** Keeps each container's log at containerLogMaxSize × containerLogMaxFiles: the file is moved aside and the runtime opens a new one. */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RuntimeService } from '../cri/types.ts'

export interface LogLimits {
  readonly maxBytes: number
  /** The one that is written counts. */
  readonly maxFiles: number
}

/** True when the log was long enough to be moved aside. */
export async function rotateLog(
  runtime: RuntimeService,
  containerId: string,
  path: string,
  nowMs: number,
  { maxBytes, maxFiles }: LogLimits,
): Promise<boolean> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size < maxBytes) return false
  const aside = `${path}.${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`
  renameSync(path, aside)
  try {
    await runtime.reopenContainerLog(containerId)
  } catch (error) {
    renameSync(aside, path)
    throw error
  }
  const rotated = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .sort()
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (maxFiles - 1)))) rmSync(join(dirname(path), name), { force: true })
  return true
}
