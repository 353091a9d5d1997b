/**
 * kube-controller-manager's flags of a cluster: `DATA-DIR/kube-controller-manager.flags`, a line each, which
 * `k8ts up --controller-manager-arg NAME=VALUE` (and `k8ts server`) checks and puts there.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ControllerManagerFlagOptions, controllerManagerFlagValues, controllerManagerOptions } from '#controllers/flags.ts'
import { writeAtomically } from './pki/atomic-file.ts'
import type { ClusterConfig } from './types.ts'
import { UsageError } from './usage-error.ts'

type Place = Pick<ClusterConfig, 'dataDir'>

export function controllerManagerFlagsPath({ dataDir }: Place): string {
  return join(dataDir, 'kube-controller-manager.flags')
}

/** What its controllers start with. Throws what is wrong with the file. */
export function controllerManagerFlags(config: Place): ControllerManagerFlagOptions {
  return controllerManagerOptions(textOf(config))
}

/** The same as upstream prints them. */
export function controllerManagerFlagTexts(config: Place): Readonly<Record<string, string>> {
  return controllerManagerFlagValues(textOf(config))
}

function textOf(config: Place): string {
  const file = controllerManagerFlagsPath(config)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** `given`: a flag a line, with or without its dashes; in place of those the cluster had. Throws UsageError before anything is written. */
export function adoptControllerManagerFlags(config: Place, given: string): void {
  const text = given
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `--${line.trim().replace(/^-+/, '')}\n`)
    .join('')
  try {
    controllerManagerOptions(text)
  } catch (error) {
    throw new UsageError(`--controller-manager-arg: ${(error as Error).message}`)
  }
  writeAtomically(controllerManagerFlagsPath(config), text)
}
