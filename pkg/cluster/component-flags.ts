/** A component's flags, kept with the cluster: `DATA-DIR/COMPONENT.flags`, a line each. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from './pki/atomic-file.ts'
import type { ClusterConfig } from './types.ts'
import { UsageError } from './usage-error.ts'

export type Place = Pick<ClusterConfig, 'dataDir'>

export interface KeptFlags {
  path(config: Place): string
  /** Empty where none were given. */
  text(config: Place): string
  /** `given`: a flag a line, with or without its dashes; in place of those the cluster had. Throws UsageError before anything is written. */
  adopt(config: Place, given: string): void
}

/** `option`: how they are given; `check` throws what is wrong with them. */
export function keptFlags(component: string, option: string, check: (text: string) => void): KeptFlags {
  const path = ({ dataDir }: Place): string => join(dataDir, `${component}.flags`)
  return {
    path,
    text: (config) => (existsSync(path(config)) ? readFileSync(path(config), 'utf8') : ''),
    adopt(config, given) {
      const text = given
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => `--${line.trim().replace(/^-+/, '')}\n`)
        .join('')
      try {
        check(text)
      } catch (error) {
        throw error instanceof UsageError ? error : new UsageError(`--${option}: ${(error as Error).message}`)
      }
      writeAtomically(path(config), text)
    },
  }
}
