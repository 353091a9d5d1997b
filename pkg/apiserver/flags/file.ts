/** The files that flags name. */
import { readFileSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { FlagError, type Flags } from './parse.ts'

export interface FlagContext {
  readonly clock: Clock
  readonly log: Logger
}

export function fileOf(flags: Flags, name: Exclude<keyof Flags, 'given'>): string {
  try {
    return readFileSync(flags[name], 'utf8')
  } catch (error) {
    throw new FlagError(`--${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
