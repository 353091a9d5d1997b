/** Starts all controllers on one manager: what upstream's kube-controller-manager is. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { runWithLease } from '#client/lease.ts'
import { createManager, type Manager } from '#runtime/manager.ts'
import { controllerFactories } from './index.ts'
import { assertControllerNames, isControllerSelected } from './select.ts'
import type { ControllerSettings } from './types.ts'

export interface ControllerManagerOptions extends ControllerSettings {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Shared caches, when others in this process have them. */
  readonly informers?: InformerFactory
  /** Compete for the lease kube-system/kube-controller-manager under this name; absent: run at once. */
  readonly leaderIdentity?: string
  /** kube-controller-manager's --controllers; default: all. */
  readonly controllers?: readonly string[]
}

export interface RunningControllerManager {
  readonly manager: Manager
  /** Resolves when every controller works. */
  readonly ready: Promise<void>
  /** Resolves when all has come to rest after the signal. */
  readonly done: Promise<void>
}

export function startControllerManager(options: ControllerManagerOptions): RunningControllerManager {
  const { client, clock, log, signal, informers, leaderIdentity, controllers: wanted = ['*'], ...settings } = options
  const all = controllerFactories.map((make) => make(settings)).filter((each) => each !== undefined)
  assertControllerNames(
    wanted,
    all.map(({ name }) => name),
  )
  const controllers = all.filter(({ name }) => isControllerSelected(name, wanted))
  const manager = createManager({ client, clock, log, controllers, ...(informers ? { informers } : {}) })
  const done = leaderIdentity
    ? runWithLease({ client, clock, log, namespace: 'kube-system', name: 'kube-controller-manager', identity: leaderIdentity }, signal, (leading) =>
        manager.run(leading),
      )
    : manager.run(signal)
  return { manager, ready: manager.ready, done }
}
