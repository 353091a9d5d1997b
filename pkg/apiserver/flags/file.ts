/** The files that flags name. */
import { readFileSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { FlagError, type Flags } from './parse.ts'

export interface FlagContext {
  readonly clock: Clock
  readonly log: Logger
}

/** `worded`: what is said of a file that cannot be read, which Go tells with its path. */
export function fileOf(flags: Flags, name: Exclude<keyof Flags, 'given'>, worded = (why: string): string => why): string {
  try {
    return readFileSync(flags[name], 'utf8')
  } catch (error) {
    throw new FlagError(worded(goFileError(error, flags[name])))
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOTDIR: 'not a directory',
}

function goFileError(error: unknown, path: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'EISDIR') return `read ${path}: is a directory`
  return reasons[code] ? `open ${path}: ${reasons[code]}` : message
}

/** What is wrong with a file is wrong with the flag that names it. */
export function asFlagError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof FlagError ? error : new FlagError(error instanceof Error ? error.message : String(error))
  }
}
