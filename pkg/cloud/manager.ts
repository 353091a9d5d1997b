/** Starts the cloud's controllers on one manager: what upstream's cloud-controller-manager is. */
import { type RunningManager, type StartManagerOptions, startManager } from '#runtime/start-manager.ts'
import { cloudControllerFactories } from './index.ts'
import type { CloudSettings } from './types.ts'

export interface CloudControllerManagerOptions extends CloudSettings, Omit<StartManagerOptions, 'name' | 'controllers'> {}

export function startCloudControllerManager(options: CloudControllerManagerOptions): RunningManager {
  const controllers = cloudControllerFactories.map((make) => make(options)).filter((each) => each !== undefined)
  return startManager({ ...options, name: 'cloud-controller-manager', controllers })
}
