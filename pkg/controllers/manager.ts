/** Starts all controllers on one manager: what upstream's kube-controller-manager is. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import { runWithLease } from '#client/lease.ts'
import { createManager, type Manager } from '#runtime/manager.ts'
import { type ControllerFactory, controllerFactories } from './index.ts'
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
  /** Other controllers than kube-controller-manager's. */
  readonly factories?: readonly ControllerFactory[]
  /** Whose lease it is, and what the metrics call the manager; default kube-controller-manager. */
  readonly managerName?: string
}

export interface RunningControllerManager {
  readonly manager: Manager
  /** Resolves when every controller works; where another process leads, not before that ends. */
  readonly ready: Promise<void>
  /** Resolves when all has come to rest: after the signal, or when the lease is lost. */
  readonly done: Promise<void>
  /** The controllers' metrics, and whether this process leads. */
  metricsText(): string
}

export function startControllerManager(options: ControllerManagerOptions): RunningControllerManager {
  const {
    client,
    clock,
    log,
    signal,
    informers,
    leaderIdentity,
    controllers: wanted = ['*'],
    factories = controllerFactories,
    managerName = 'kube-controller-manager',
    ...settings
  } = options
  const all = factories.map((make) => make(settings)).filter((each) => each !== undefined)
  assertControllerNames(
    wanted,
    all.map(({ name }) => name),
  )
  const controllers = all.filter(({ name }) => isControllerSelected(name, wanted))
  const manager = createManager({ client, clock, log, controllers, name: managerName, ...(informers ? { informers } : {}) })
  let leads = false
  const lead = async (leading: AbortSignal): Promise<void> => {
    leads = true
    try {
      await manager.run(leading)
    } finally {
      leads = false
    }
  }
  const done = leaderIdentity
    ? runWithLease({ client, clock, log, namespace: 'kube-system', name: managerName, identity: leaderIdentity }, signal, lead)
    : lead(signal)
  return { manager, ready: manager.ready, done, metricsText: () => manager.metricsText() + (leaderIdentity ? leadership(managerName, leads) : '') }
}

function leadership(lease: string, leads: boolean): string {
  const name = 'leader_election_master_status'
  return [
    `# HELP ${name} Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.`,
    `# TYPE ${name} gauge`,
    `${name}{name="${lease}"} ${leads ? 1 : 0}`,
    '',
  ].join('\n')
}
