/** Starts all controllers on one manager: what upstream's kube-controller-manager is. */
import { type RunningManager, type StartManagerOptions, startManager } from '#runtime/start-manager.ts'
import { type ControllerFactory, controllerFactories } from './index.ts'
import type { ControllerSettings } from './types.ts'

export interface ControllerManagerOptions extends ControllerSettings, Omit<StartManagerOptions, 'name' | 'wanted' | 'controllers'> {
  /** kube-controller-manager's --controllers; default: all. */
  readonly controllers?: readonly string[]
  /** How many keys a controller works on at a time, by its name, where it is not as many as it says itself. */
  readonly workers?: Readonly<Record<string, number>>
  /** Other controllers than kube-controller-manager's. */
  readonly factories?: readonly ControllerFactory[]
}

export type RunningControllerManager = RunningManager

export function startControllerManager(options: ControllerManagerOptions): RunningControllerManager {
  const {
    client,
    clientOf,
    clock,
    log,
    signal,
    informers,
    leaderIdentity,
    election,
    resyncMs,
    startIntervalMs,
    controllers: wanted = ['*'],
    workers = {},
    factories = controllerFactories,
    ...settings
  } = options
  return startManager({
    client,
    ...(clientOf ? { clientOf } : {}),
    clock,
    log,
    signal,
    ...(informers ? { informers } : {}),
    ...(leaderIdentity === undefined ? {} : { leaderIdentity }),
    ...(election ? { election } : {}),
    ...(resyncMs === undefined ? {} : { resyncMs }),
    ...(startIntervalMs === undefined ? {} : { startIntervalMs }),
    wanted,
    name: 'kube-controller-manager',
    controllers: factories
      .map((make) => make(settings))
      .filter((each) => each !== undefined)
      .map((each) => (Object.hasOwn(workers, each.name) ? { ...each, workers: workers[each.name]! } : each)),
  })
}
