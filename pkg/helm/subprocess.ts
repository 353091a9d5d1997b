/** What became of a program that was run to its end. */
import type { SpawnSyncReturns } from 'node:child_process'

/** Why it has not run; a program that ended without reading all that it was given has run, and its exit code counts. */
export function failureOf({ error, status }: Pick<SpawnSyncReturns<unknown>, 'error' | 'status'>): Error | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE' && status !== null ? undefined : error
}
