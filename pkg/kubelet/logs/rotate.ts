/** Keeps each container's log at 10 Mi × 5: the file is moved aside and the runtime opens a new one. */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RuntimeService } from '../cri/types.ts'

const maxBytes = 10 * 1024 * 1024
const maxFiles = 5

export async function rotateLog(runtime: RuntimeService, containerId: string, path: string, nowMs: number): Promise<boolean> {
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
