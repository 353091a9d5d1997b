/** The cluster's KubeSchedulerConfiguration: `DATA-DIR/kube-scheduler.yaml`, which `k8ts up --scheduler-config FILE` checks and puts there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ReadConfiguration, readSchedulerConfiguration } from '#scheduler/config/read-config.ts'
import { writeAtomically } from './pki/atomic-file.ts'
import type { ClusterConfig } from './types.ts'
import { UsageError } from './usage-error.ts'

type Place = Pick<ClusterConfig, 'dataDir'>

export function schedulerConfigPath({ dataDir }: Place): string {
  return join(dataDir, 'kube-scheduler.yaml')
}

/** What its scheduler starts with; undefined: upstream's defaults. Throws what is wrong with the file. */
export function schedulerConfiguration(config: Place): ReadConfiguration | undefined {
  const file = schedulerConfigPath(config)
  return existsSync(file) ? read(file) : undefined
}

/** Throws before anything is written when the scheduler could not start with it. */
export function adoptSchedulerConfiguration(config: Place, file: string): void {
  read(file)
  writeAtomically(schedulerConfigPath(config), readFileSync(file, 'utf8'))
}

function read(file: string): ReadConfiguration {
  try {
    return readSchedulerConfiguration(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
}
